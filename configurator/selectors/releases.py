"""Published releases: the one on sale, or the one that something is pinned to."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from configurator.engine.model import Definition
from configurator.models import CatalogueRelease
from configurator.selectors import artefacts
from configurator.selectors.availability import SoldOut
from configurator.selectors.errors import ConflictError, NotFoundError
from configurator.states import PUBLISHED_RELEASE_STATES, ReleaseState

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled

ON_SALE_OR_STOPPED = (ReleaseState.ACTIVE, ReleaseState.SUSPENDED)
POINTER = (
    "id",
    "number",
    "state",
    "product_id",
    "product__slug",
    "product__kind",
    "definition_sha256",
    "artefact_sha256",
)

ON_SALE_QUERY = """
SELECT r.id, r.number, r.state, r.product_id, p.slug, p.kind,
    r.definition_sha256, r.artefact_sha256, a.characteristic, a.option, a.back_on_date
FROM configurator_product p
JOIN configurator_cataloguerelease r ON r.product_id = p.id
LEFT JOIN configurator_availability a ON a.product_id = p.id AND a.is_available = %s
WHERE p.slug = %s AND r.state IN (%s, %s)
"""
"""Begins with the columns of `POINTER`."""


class UnknownProductError(NotFoundError):
    """No such product, or none that is on sale."""


class UnknownReleaseError(NotFoundError):
    """No such published release."""


class NotOnSaleError(ConflictError):
    """The sale of the product is stopped for now."""

    code = "NOT_ON_SALE"


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """A published release, parsed; ``compiled`` is mapped when first asked for."""

    release_id: int
    number: str
    product: str
    product_id: int
    kind: str
    state: str
    definition_sha256: str
    loaded: artefacts.Loaded
    sold_out: SoldOut | None = None  # None: it was not asked for

    @property
    def definition(self) -> Definition:
        return self.loaded.definition

    @property
    def document(self) -> Mapping[str, Any]:
        """The definition as it was published, with what the engine does not read."""
        return self.loaded.document

    @property
    def compiled(self) -> "Compiled":
        return self.loaded.compiled

    @property
    def has_picture(self) -> bool:
        return bool(self.document.get("artwork"))

    @property
    def usual_method(self) -> str:
        """The way of the product's first routing; by hand where it has none."""
        routings = self.definition.routings
        return routings[0].method if routings else "JOB"


def live_release(slug: str) -> LiveRelease:
    """Give the release of a product that is on sale; one small query."""
    return live_releases([slug])[slug]


def live_releases(slugs: Collection[str]) -> dict[str, LiveRelease]:
    """Give the releases on sale of several products, in one small query.

    Raises
    ------
    UnknownProductError, NotOnSaleError
        For the first product, in the order asked, that cannot be bought.
    """
    found = find_live_releases(slugs)
    for slug in slugs:
        check_on_sale(slug, found.get(slug))
    return found


def release_on_sale(slug: str, *, today: date) -> LiveRelease:
    """Give the release on sale with its options that are sold out, in one query.

    It is written out, since to have it written takes longer than to run it.
    """
    with connection.cursor() as cursor:
        cursor.execute(ON_SALE_QUERY, [False, slug, *ON_SALE_OR_STOPPED])
        rows = cursor.fetchall()
    release = _load(dict(zip(POINTER, rows[0], strict=False))) if rows else None
    sold_out: SoldOut = {}
    for *_pointer, name, option, back_on in rows:
        if name is not None:
            day = date.fromisoformat(back_on) if isinstance(back_on, str) else back_on
            if day is None or day > today:
                sold_out[name, option] = day
    return replace(check_on_sale(slug, release), sold_out=sold_out)


def find_live_releases(slugs: Collection[str]) -> dict[str, LiveRelease]:
    """Give those of the products that have a release on sale or stopped."""
    rows = CatalogueRelease.objects.filter(
        product__slug__in=set(slugs), state__in=ON_SALE_OR_STOPPED
    ).values(*POINTER)
    return {row["product__slug"]: _load(row) for row in rows}


def check_on_sale(slug: str, release: LiveRelease | None) -> LiveRelease:
    """Raise where a product cannot be bought now."""
    if release is None:
        text = _("There is no product “%(slug)s” on sale.") % {"slug": slug}
        raise UnknownProductError(text, field="product")
    if release.state == ReleaseState.SUSPENDED:
        text = _("The sale of “%(slug)s” is stopped for now.") % {"slug": slug}
        raise NotOnSaleError(text, field="product")
    return release


def release_by_id(release_id: int) -> LiveRelease:
    """Give a published release; what is published never changes, so it is kept."""
    return releases_by_id([release_id])[release_id]


def releases_by_id(release_ids: Collection[int]) -> dict[int, LiveRelease]:
    """Give published releases; asks the database only for those not seen before."""
    seen = {id_: row for id_ in set(release_ids) if (row := _seen.get(id_))}
    found = {id_: _load(row) for id_, row in seen.items()}
    missing = set(release_ids) - found.keys()
    if missing:
        rows = CatalogueRelease.objects.filter(
            id__in=missing, state__in=PUBLISHED_RELEASE_STATES
        ).values(*POINTER)
        found.update({row["id"]: _load(row) for row in rows})
    for id_ in missing - found.keys():
        text = _("There is no published release %(id)s.") % {"id": id_}
        raise UnknownReleaseError(text)
    return found


def forget_release(release_id: int) -> None:
    """Forget a release by its number in the database; for one newly made."""
    with _seen_lock:
        _seen.pop(release_id, None)


def forget_releases() -> None:
    """Forget all of them, where another database may give the same numbers."""
    with _seen_lock:
        _seen.clear()


# Rows only: a release itself is put out of memory where there are too many.
_seen: dict[int, Mapping[str, Any]] = {}
_seen_lock = threading.Lock()
MOST_SEEN = 2_000


def _load(row: Mapping[str, Any]) -> LiveRelease:
    loaded = artefacts.load(
        definition_sha256=row["definition_sha256"],
        artefact_sha256=row["artefact_sha256"],
        read=lambda: _read_definition(row["id"]),
    )
    release = LiveRelease(
        release_id=row["id"],
        number=str(row["number"]),
        product=row["product__slug"],
        product_id=row["product_id"],
        kind=row["product__kind"],
        state=row["state"],
        definition_sha256=row["definition_sha256"],
        loaded=loaded,
    )
    with _seen_lock:
        if len(_seen) >= MOST_SEEN:
            _seen.clear()
        _seen[row["id"]] = row
    return release


def _read_definition(release_id: int) -> dict[str, Any]:
    found: dict[str, Any] | None = CatalogueRelease.objects.values_list(
        "definition", flat=True
    ).get(id=release_id)
    return found or {}
