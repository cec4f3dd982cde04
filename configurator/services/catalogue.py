"""Drafting, publishing and withdrawing releases of products."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from configurator.engine.model import Definition
from configurator.models import CatalogueRelease, Product
from configurator.selectors.releases import forget_release
from configurator.services import drafts
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.examination import (
    Examined,
    Finding,
    content_hashes,
    examine,
    read_definition,
    refuse,
)
from configurator.services.moves import check_move, move, move_one
from configurator.states import RELEASE_MOVES, ReleaseState

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SOLD = (ReleaseState.ACTIVE, ReleaseState.SUSPENDED)


class ReleaseChangedError(ConflictError):
    """Somebody edited the draft while it was being published."""

    code = "CHANGED"


def create_draft(
    *,
    document: Mapping[str, Any],
    now: datetime,
    copied_from: CatalogueRelease | None = None,
) -> CatalogueRelease:
    """Make the next release of a product as a draft; a new product is made too.

    The document's own release number counts only for a product's first release.
    """
    definition = read_definition(document)
    if not SLUG.fullmatch(definition.product):
        text = _("“%(slug)s” is not a name for an address.")
        raise DomainError(text % {"slug": definition.product}, field="product")
    with transaction.atomic():
        product = _get_or_create_product(definition, now=now)
        release = CatalogueRelease.objects.create(
            product=product,
            number=_next_number(product, definition),
            header=drafts.header_of(document),
            created_at=now,
            copied_from=copied_from,
        )
        drafts.write_rows(release, document)
    forget_release(release.pk)
    return release


def build_document(*, release: CatalogueRelease) -> dict[str, Any]:
    """Give the document of a release: as published, or built from the draft's rows."""
    if release.definition is not None:
        published: dict[str, Any] = release.definition
        return published
    return drafts.read_document(release)


def validate_release(*, release_id: int) -> list[Finding]:
    """Examine a draft and keep the findings; without an error it is VALIDATED."""
    release = _get_release(release_id)
    check_move(
        what=str(release),
        from_=release.state,
        to=ReleaseState.VALIDATED,
        moves=RELEASE_MOVES,
    )
    examined = examine(drafts.read_document(release))
    findings = [each.as_json() for each in examined.findings]
    if examined.errors:
        CatalogueRelease.objects.filter(pk=release.pk).update(findings=findings)
    else:
        _move(release, to=ReleaseState.VALIDATED, findings=findings)
    return list(examined.findings)


def publish_release(
    *, release_id: int, now: datetime, accepted: Collection[str] = ()
) -> CatalogueRelease:
    """Put a draft on sale, or schedule it where its time has not come.

    ``accepted`` names kinds of findings that are known and may stay, such as
    ``dead_option`` for a range that lists more than is built.
    Compiling may take seconds and happens before the transaction; inside it the rows
    are read again, so what customers get is exactly what was examined.
    """
    release = _get_release(release_id)
    if release.state == ReleaseState.SCHEDULED:
        return _activate(release, now=now)
    if release.state == ReleaseState.DRAFT:
        check_move(
            what=str(release),
            from_=release.state,
            to=ReleaseState.VALIDATED,
            moves=RELEASE_MOVES,
        )
    else:
        check_move(
            what=str(release),
            from_=release.state,
            to=ReleaseState.ACTIVE,
            moves=RELEASE_MOVES,
        )
    examined = examine(drafts.read_document(release))
    refuse(examined, accepted=accepted)
    with transaction.atomic():
        _lock_product(release)
        if drafts.read_document(release) != examined.document:
            text = _("%(release)s was edited meanwhile; look at it again.")
            raise ReleaseChangedError(text % {"release": release})
        _freeze(release, examined, now=now)
    return release


def activate_scheduled(*, now: datetime) -> list[CatalogueRelease]:
    """Put those on sale whose time has come."""
    due = CatalogueRelease.objects.filter(
        state=ReleaseState.SCHEDULED, active_from__lte=now
    ).order_by("active_from", "pk")
    return [_activate(release, now=now) for release in due]


def reopen_release(*, release_id: int) -> CatalogueRelease:
    """Make a release that is not yet on sale a draft again."""
    release = _get_release(release_id)
    _move(release, to=ReleaseState.DRAFT)
    CatalogueRelease.objects.filter(pk=release.pk).update(definition=None)
    release.definition = None
    return release


def copy_release(*, release_id: int, now: datetime) -> CatalogueRelease:
    """Make a draft like a release: the way to change it, or to roll back to it."""
    source = _get_release(release_id)
    document = build_document(release=source)
    return create_draft(document=document, now=now, copied_from=source)


def suspend_release(*, release_id: int) -> CatalogueRelease:
    """Stop the sale; what was ordered is still made."""
    release = _get_release(release_id)
    _move(release, to=ReleaseState.SUSPENDED)
    return release


def resume_release(*, release_id: int) -> CatalogueRelease:
    """Sell again what was stopped."""
    release = _get_release(release_id)
    check_move(
        what=str(release),
        from_=release.state,
        to=ReleaseState.ACTIVE,
        moves={ReleaseState.SUSPENDED: frozenset({ReleaseState.ACTIVE})},
    )
    _move(release, to=ReleaseState.ACTIVE)
    return release


def _freeze(release: CatalogueRelease, examined: Examined, *, now: datetime) -> None:
    """Write the definition that never changes again, and go on sale or wait."""
    if release.state == ReleaseState.DRAFT:
        _move(release, to=ReleaseState.VALIDATED)
    frozen = {
        "definition": examined.document,
        "artefact_sha256": examined.artefact_sha256,
        "findings": [each.as_json() for each in examined.findings],
        **content_hashes(examined.document),
    }
    if release.active_from is not None and release.active_from > now:
        _move(release, to=ReleaseState.SCHEDULED, **frozen)
        return
    _supersede(release)
    _move(release, to=ReleaseState.ACTIVE, published_at=now, **frozen)
    _update_product(release, examined)


def _activate(release: CatalogueRelease, *, now: datetime) -> CatalogueRelease:
    with transaction.atomic():
        _lock_product(release)
        _supersede(release)
        _move(release, to=ReleaseState.ACTIVE, published_at=now)
        _update_product(release, examine(release.definition or {}))
    return release


def _supersede(release: CatalogueRelease) -> None:
    siblings = CatalogueRelease.objects.filter(product=release.product)
    ids = siblings.filter(state__in=SOLD).values_list("pk", flat=True)
    move(
        CatalogueRelease,
        ids=list(ids),
        from_=SOLD,
        to=ReleaseState.SUPERSEDED,
        moves=RELEASE_MOVES,
    )


def _update_product(release: CatalogueRelease, examined: Examined) -> None:
    """Take over what lists show without opening the definition."""
    definition = examined.definition
    if definition is None:
        return
    Product.objects.filter(pk=release.product_id).update(
        name=dict(definition.name),
        kind=definition.kind.value,
        currency=definition.currency,
        from_price_minor=lowest_price(examined),
    )


def lowest_price(examined: Examined) -> int | None:
    """Give the total of the cheapest product at the smallest quantity."""
    from configurator.engine.choices import evaluate  # noqa: PLC0415 -- slow import

    if examined.definition is None or examined.compiled is None:
        return None
    state = evaluate(
        examined.compiled, {}, quantity=examined.definition.quantity.minimum
    )
    return state.lowest_total_minor


def _get_release(release_id: int) -> CatalogueRelease:
    release = (
        CatalogueRelease.objects.select_related("product").filter(pk=release_id).first()
    )
    if release is None:
        raise NotFoundError(_("There is no release %(id)s.") % {"id": release_id})
    return release


def _get_or_create_product(definition: Definition, *, now: datetime) -> Product:
    product, _is_new = Product.objects.get_or_create(
        slug=definition.product,
        defaults={
            "kind": definition.kind.value,
            "name": dict(definition.name),
            "currency": definition.currency,
            "created_at": now,
        },
    )
    return Product.objects.select_for_update().get(pk=product.pk)


def _lock_product(release: CatalogueRelease) -> None:
    Product.objects.select_for_update().get(pk=release.product_id)
    release.refresh_from_db(fields=["state", "header", "active_from"])


def _next_number(product: Product, definition: Definition) -> int:
    latest = product.releases.aggregate(latest=Max("number"))["latest"]
    if latest is not None:
        return int(latest) + 1
    is_number = definition.release.isascii() and definition.release.isdigit()
    return int(definition.release[:9]) if is_number else 1


def _move(release: CatalogueRelease, *, to: str, **updates: Any) -> None:
    move_one(release, to=to, moves=RELEASE_MOVES, extra_updates=updates)
