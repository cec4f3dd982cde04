"""Drafting, publishing and withdrawing releases of products."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from configurator.engine.model import Definition
from configurator.models import CatalogueRelease, Product
from configurator.selectors import artefacts
from configurator.selectors.releases import forget_release
from configurator.selectors.times import local
from configurator.services import drafts
from configurator.services.comparing import (
    difference_to_live,
    find_compiled,
    find_forerunner,
)
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.examination import (
    Examined,
    Finding,
    Progress,
    ReleaseInvalidError,
    content_hashes,
    examine,
    lowest_price,
    read_definition,
    refuse,
)
from configurator.services.moves import check_move, illegal, move, move_one
from configurator.states import RELEASE_MOVES, ExaminationState, ReleaseState

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SOLD = (ReleaseState.ACTIVE, ReleaseState.SUSPENDED)
UNDER_EXAMINATION = (ExaminationState.WAITING, ExaminationState.RUNNING)


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


def validate_release(
    *,
    release_id: int,
    today: date | None = None,
    on_progress: Progress | None = None,
) -> list[Finding]:
    """Examine a draft and keep the findings; without an error it is VALIDATED.

    One that is validated already is examined anew: what is on sale, and so the
    difference to it, may have changed.
    """
    release = _get_release(release_id)
    if release.state != ReleaseState.VALIDATED:
        _check_move(release, to=ReleaseState.VALIDATED)
    examined = _examine(release, today=today, on_progress=on_progress)
    found = _found(release, examined, on_progress=on_progress)
    if examined.errors or release.state == ReleaseState.VALIDATED:
        CatalogueRelease.objects.filter(pk=release.pk).update(**found)
        return list(examined.findings)
    with transaction.atomic():
        _lock_unchanged(release, examined)
        _move(release, to=ReleaseState.VALIDATED, **found)
    return list(examined.findings)


def publish_release(
    *,
    release_id: int,
    now: datetime,
    accepted: Collection[str] = (),
    on_progress: Progress | None = None,
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
    is_draft = release.state == ReleaseState.DRAFT
    _check_move(release, to=ReleaseState.VALIDATED if is_draft else ReleaseState.ACTIVE)
    examined = _examine(release, today=local(now).date(), on_progress=on_progress)
    found = _found(release, examined, on_progress=on_progress)
    try:
        refuse(examined, accepted=accepted)
    except ReleaseInvalidError:
        CatalogueRelease.objects.filter(pk=release.pk).update(**found)
        raise
    with transaction.atomic():
        _lock_unchanged(release, examined)
        _freeze(release, examined, found, now=now)
    return release


def _check_move(release: CatalogueRelease, *, to: str) -> None:
    check_move(what=str(release), from_=release.state, to=to, moves=RELEASE_MOVES)


def _examine(
    release: CatalogueRelease, *, today: date | None, on_progress: Progress | None
) -> Examined:
    """Examine a draft, with the diagram of its forerunner where only prices differ."""
    return examine(
        drafts.read_document(release),
        like=find_compiled(find_forerunner(release)),
        today=today,
        on_progress=on_progress,
    )


def _found(
    release: CatalogueRelease, examined: Examined, *, on_progress: Progress | None
) -> dict[str, Any]:
    """Give what examining found, as columns of the release."""
    return {
        "findings": [each.as_json() for each in examined.findings],
        "figures": dict(examined.figures),
        "difference": difference_to_live(
            release, examined.definition, on_progress=on_progress
        ),
    }


def activate_scheduled(*, now: datetime) -> list[CatalogueRelease]:
    """Put those on sale whose time has come."""
    due = CatalogueRelease.objects.filter(
        state=ReleaseState.SCHEDULED, active_from__lte=now
    ).order_by("active_from", "pk")
    return [_activate(release, now=now) for release in due]


def reopen_release(*, release_id: int) -> CatalogueRelease:
    """Make a release that is not yet on sale a draft again."""
    release = _get_release(release_id)
    if release.examination in UNDER_EXAMINATION:
        text = _("%(release)s is being examined; wait until that is over.")
        raise ConflictError(text % {"release": release})
    _move(release, to=ReleaseState.DRAFT)
    fresh: dict[str, Any] = {
        "definition": None,
        "examination": ExaminationState.NONE,
        "problems": [],
        "figures": {},
        "difference": {},
    }
    CatalogueRelease.objects.filter(pk=release.pk).update(**fresh)
    for name, value in fresh.items():
        setattr(release, name, value)
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
    if release.state != ReleaseState.SUSPENDED:
        raise illegal(
            what=str(release),
            from_=release.state,
            to=ReleaseState.ACTIVE,
            moves=RELEASE_MOVES,
        )
    _move(release, to=ReleaseState.ACTIVE)
    return release


def _freeze(
    release: CatalogueRelease,
    examined: Examined,
    found: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Write the definition that never changes again, and go on sale or wait."""
    if release.state == ReleaseState.DRAFT:
        _move(release, to=ReleaseState.VALIDATED)
    frozen = {
        "definition": examined.document,
        "artefact_sha256": examined.artefact_sha256,
        **found,
        **content_hashes(examined.document),
    }
    if release.active_from is not None and release.active_from > now:
        _move(release, to=ReleaseState.SCHEDULED, **frozen)
        return
    _supersede(release)
    _move(release, to=ReleaseState.ACTIVE, published_at=now, **frozen)
    if examined.definition is not None and examined.compiled is not None:
        _update_product(release, examined.definition, examined.compiled)


def _activate(release: CatalogueRelease, *, now: datetime) -> CatalogueRelease:
    definition = read_definition(release.definition or {})
    compiled = artefacts.map_artefact(definition, release.artefact_sha256)
    with transaction.atomic():
        _lock_product(release)
        _supersede(release)
        _move(release, to=ReleaseState.ACTIVE, published_at=now)
        _update_product(release, definition, compiled)
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


def _update_product(
    release: CatalogueRelease, definition: Definition, compiled: "Compiled"
) -> None:
    """Take over what lists show without opening the definition."""
    Product.objects.filter(pk=release.product_id).update(
        name=dict(definition.name),
        kind=definition.kind.value,
        currency=definition.currency,
        from_price_minor=lowest_price(definition, compiled),
    )


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
    release.refresh_from_db(
        from_queryset=CatalogueRelease.objects.select_for_update(),
        fields=["state", "header", "active_from"],
    )


def _lock_unchanged(release: CatalogueRelease, examined: Examined) -> None:
    """Lock the product and see that the draft still is what was examined."""
    _lock_product(release)
    if drafts.read_document(release) != examined.document:
        text = _("%(release)s was edited meanwhile; look at it again.")
        raise ReleaseChangedError(text % {"release": release})


def _next_number(product: Product, definition: Definition) -> int:
    latest = product.releases.aggregate(latest=Max("number"))["latest"]
    if latest is not None:
        return int(latest) + 1
    is_number = definition.release.isascii() and definition.release.isdigit()
    return int(definition.release[:9]) if is_number else 1


def _move(release: CatalogueRelease, *, to: str, **updates: Any) -> None:
    move_one(release, to=to, moves=RELEASE_MOVES, extra_updates=updates)
