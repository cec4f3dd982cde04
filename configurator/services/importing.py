"""Make a product of a range that comes as a file of tables."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.engine.formats.xcsp import read_xcsp, to_release_document
from configurator.engine.model import Definition, DefinitionError
from configurator.models import CatalogueRelease
from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.services.catalogue import (
    build_document,
    create_draft,
    publish_release,
)
from configurator.services.errors import DomainError
from configurator.services.examination import content_hashes

BASE_MINOR = 1_500_000
DEAREST_OPTION_MINOR = 90_000
PRICE_STEP_MINOR = 500
METHOD = "MASS_CUSTOMISATION"
# A range from outside may list options that none of its rules lets anybody pick.
KNOWN_FLAWS = frozenset({"dead_option"})
PARTS_OF_CONTENT = ("rules_sha256", "prices_sha256", "manufacture_sha256")


class RangeError(DomainError):
    """The file is no range that can be made a product of."""


@dataclass(frozen=True, slots=True)
class ImportedRange:
    """A range on its way: its definition, and the release once it is published."""

    definition: Definition
    release: CatalogueRelease


def import_range(
    *,
    path: Path,
    slug: str,
    seed: int,
    line: str,
    stations: Sequence[Mapping[str, Any]],
    now: datetime,
) -> ImportedRange:
    """Publish a range with seeded option prices, made one by one on a line.

    A product that is on sale with this very range stays as it is; one that asks other
    questions is never replaced.

    ``stations`` are the routing's steps in order: ``code``, ``name``, ``run_s``.
    """
    try:
        definition = read_xcsp(path)
        document = to_release_document(
            definition,
            product=slug,
            name={"en": slug.replace("-", " ").capitalize()},
            currency="EUR",
            quantity={"min": 1, "max": 10_000, "step": 1},
            pieces={"count": 1},
            prices=seeded_prices(definition, seed=seed),
            materials=[],
            routings=[_routing(line, stations)],
            deliveries=["CARRIER", "COLLECTION"],
        )
    except OSError as error:
        text = _("The file cannot be read: %(why)s") % {"why": error}
        raise RangeError(text, field="file") from error
    except DefinitionError as error:
        raise RangeError(str(error), field="file") from error
    live = find_live_releases([slug]).get(slug)
    if live is not None:
        _refuse_other_product(live, definition)
    with transaction.atomic():
        draft = create_draft(document=document, now=now)
        is_known = live is not None and is_same_content(draft, live)
        transaction.set_rollback(is_known)
    if live is not None and is_known:
        row = CatalogueRelease.objects.get(pk=live.release_id)
        return ImportedRange(definition, row)
    release = publish_release(release_id=draft.pk, now=now, accepted=KNOWN_FLAWS)
    return ImportedRange(definition, release)


def is_same_content(draft: CatalogueRelease, live: LiveRelease) -> bool:
    """Say whether a draft differs from what is on sale in nothing but its number."""
    hashes = content_hashes(build_document(release=draft))
    others = content_hashes(live.document)
    return all(hashes[name] == others[name] for name in PARTS_OF_CONTENT)


def _refuse_other_product(live: LiveRelease, definition: Definition) -> None:
    if live.definition.by_code.keys() != definition.by_code.keys():
        text = _(
            "The product “%(slug)s” is on sale and is another one; take a new slug."
        )
        raise RangeError(text % {"slug": live.product}, field="slug")


def seeded_prices(definition: Definition, *, seed: int) -> dict[str, Any]:
    """Draw a surcharge for every option but each question's first."""
    rng = random.Random(seed)  # noqa: S311 -- demo prices, nothing secret
    entries: list[dict[str, Any]] = [
        {
            "code": "BASE",
            "label": {"en": "Vehicle"},
            "basis": "UNIT",
            "amount_minor": BASE_MINOR,
            "when": None,
        }
    ]
    n_steps = DEAREST_OPTION_MINOR // PRICE_STEP_MINOR
    for each in definition.characteristics:
        for option in each.options[1:]:
            entries.append(
                {
                    "code": f"{each.code}-{option.code}",
                    "label": {"en": f"{each.code} {option.code}"},
                    "basis": "UNIT",
                    "amount_minor": rng.randint(0, n_steps) * PRICE_STEP_MINOR,
                    "when": f'{each.code} = "{option.code}"',
                }
            )
    return {"entries": entries, "breaks": []}


def _routing(line: str, stations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "code": "LINE",
        "name": {"en": "Assembly line"},
        "when": None,
        "method": METHOD,
        "line": line,
        "reason": {"en": "Every vehicle is different, and there are many of them."},
        "yield_bp": 10_000,
        "edit_window": None,
        "largest_lot": None,
        "steps": [
            {
                "code": station["code"],
                "name": station["name"],
                "kind": "MAKE",
                "work_centre": line,
                "station": station["code"],
                "basis": "UNIT",
                "run_ms": station["run_s"] * 1000,
            }
            for station in stations
        ],
    }
