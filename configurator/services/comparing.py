"""What a draft changes against the release that is on sale."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from configurator.engine.model import Definition
from configurator.models import CatalogueRelease
from configurator.selectors import artefacts
from configurator.services.examination import Progress, read_definition
from configurator.states import ReleaseState

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled
    from configurator.engine.diff import Changes, ProductCounts

SOLD = (ReleaseState.ACTIVE, ReleaseState.SUSPENDED)
PARTS = (
    "characteristics",
    "options",
    "rules",
    "prices",
    "materials",
    "routings",
)
MOST_CODES = 50


def find_live(release: CatalogueRelease) -> CatalogueRelease | None:
    """Give the release of the same product that is on sale, or stopped for now."""
    siblings = CatalogueRelease.objects.filter(product=release.product_id)
    return siblings.filter(state__in=SOLD).exclude(pk=release.pk).first()


def find_forerunner(release: CatalogueRelease) -> CatalogueRelease | None:
    """Give the release whose diagram may be taken over: on sale, or copied from."""
    return find_live(release) or release.copied_from


def find_compiled(release: CatalogueRelease | None) -> "Compiled | None":
    """Map the compiled form of a published release, where there is one."""
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    if release is None or not release.artefact_sha256:
        return None
    try:
        return artefacts.find_artefact(release.artefact_sha256)
    except (OSError, artefact.ArtefactError):
        return None


def difference_to_live(
    release: CatalogueRelease,
    definition: Definition | None,
    *,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Compare a draft with what is on sale; empty where nothing is.

    ``against``: the number of the release on sale; ``products``: counts as text
    (there may be many), or None with ``uncounted`` saying why; for each part of the
    definition what was ``added``, ``removed`` and ``changed``: ``n`` and the first
    codes.
    """
    from configurator.engine.diff import compare  # noqa: PLC0415 -- slow import

    live = find_live(release)
    if live is None or definition is None:
        return {}
    if on_progress is not None:
        on_progress("compare", 0.0)
    before = read_definition(live.definition or {})
    found = compare(before, definition, budget=artefacts.compile_budget())
    return {
        "against": live.number,
        "products": _counts(found.products),
        "uncounted": found.uncounted,
        **{part: _changes(getattr(found, part)) for part in PARTS},
    }


def _counts(products: "ProductCounts | None") -> dict[str, Any] | None:
    if products is None:
        return None
    return {
        "before": str(products.before),
        "after": str(products.after),
        "kept": str(products.kept),
        "lost": str(products.lost),
        "gained": str(products.gained),
        "lost_example": dict(products.lost_example),
        "gained_example": dict(products.gained_example),
    }


def _changes(changes: "Changes") -> Mapping[str, Any]:
    return {
        kind: {"n": len(codes), "codes": list(codes[:MOST_CODES])}
        for kind, codes in (
            ("added", changes.added),
            ("removed", changes.removed),
            ("changed", changes.changed),
        )
    }
