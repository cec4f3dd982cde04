"""What an inspection measured: within its limits the pieces pass, else they do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.words import in_language
from production.models import Batch, Operation
from production.selectors.wording import limit_words
from production.services.reports import Report
from production.services.steps import OperationError

MEASURED = "measured"
MOST_DIGITS = 12
_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)(e[+-]?[0-9]{1,3})?", re.I)
_PASSES = frozenset({"finish", "count"})


def judge(operation: Operation, *, action: str, report: Report) -> tuple[str, Report]:
    """Turn a report that would let pieces pass into one that sets them aside.

    Only where what was measured is outside the limits; it says so in its reason.
    """
    fault = _find_fault(operation.inspection, report)
    if fault and action in _PASSES:
        return "reject", replace(report, good=None, scrap=0, reason=fault)
    if fault and not report.reason.strip():
        return action, replace(report, reason=fault)
    return action, report


def judge_load(batch: Batch, *, report: Report, n_pieces: int) -> Report:
    """Let a load outside its limits end as scrap alone, with that for its reason."""
    members = batch.members.exclude(operation__inspection={})
    inspection = members.values_list("operation__inspection", flat=True).first()
    fault = _find_fault(inspection or {}, report)
    if fault and report.scrap < n_pieces:
        text = _("%(fault)s. Nothing of it passes: abort the load, or scrap all of it.")
        raise OperationError(text % {"fault": fault}, field=MEASURED)
    return replace(report, reason=report.reason.strip() or fault)


def _find_fault(inspection: Mapping[str, Any], report: Report) -> str:
    """Say what is wrong with what was measured; nothing where nothing was."""
    text = str(report.details.get(MEASURED, "")).strip()
    if not text:
        return ""
    if not inspection:
        raise OperationError(_("Nothing is measured in this step."), field=MEASURED)
    least, most = inspection.get("min"), inspection.get("max")
    value = _read_number(text, unit=str(inspection.get("unit", "")))
    if (least is None or least <= value) and (most is None or value <= most):
        return ""
    return _("%(what)s is %(value)s, not %(limits)s") % {
        "what": in_language(inspection.get("what", {})),
        "value": text,
        "limits": limit_words(inspection),
    }


def _read_number(text: str, *, unit: str) -> Decimal:
    """Read what can be a measure: Decimal itself takes ``1e999`` and ``Infinity``."""
    value = Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if value is None or not -MOST_DIGITS <= value.adjusted() < MOST_DIGITS:
        raise OperationError(
            _("Give what was measured in %(unit)s as a number such as 2.5.")
            % {"unit": unit},
            field=MEASURED,
        )
    return value
