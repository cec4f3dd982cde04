"""Make a product of a range that comes as a file of tables."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.formats.xcsp import read_xcsp, to_release_document
from configurator.engine.model import Definition, DefinitionError
from configurator.models import CatalogueRelease
from configurator.services.catalogue import create_draft, publish_release
from configurator.services.errors import DomainError

BASE_MINOR = 1_500_000
DEAREST_OPTION_MINOR = 90_000
PRICE_STEP_MINOR = 500
METHOD = "MASS_CUSTOMISATION"
# A range from outside may list options that none of its rules lets anybody pick.
KNOWN_FLAWS = frozenset({"dead_option"})


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
    draft = create_draft(document=document, now=now)
    release = publish_release(release_id=draft.pk, now=now, accepted=KNOWN_FLAWS)
    return ImportedRange(definition, release)


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
