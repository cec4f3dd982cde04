"""The form of what is in stock: its figures, and what somebody counted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from production.forms.written import MOST, Texts, Written, between
from production.models import StockItem

MOST_DAYS = 3_650
A_YEAR_S = 365 * 86_400


class Choices(Written):
    """Options by their characteristics."""

    def __init__(self) -> None:
        super().__init__(
            kind=dict,
            label=gettext_lazy("Sold out with it"),
            help_text='{"colour": "NAVY"}',
        )

    def check(self, found: dict[str, Any]) -> None:
        if not all(isinstance(option, str) and option for option in found.values()):
            raise forms.ValidationError(self.wrong())


class StockItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """Levels change by moves alone: what is counted is booked as one."""

    name = Texts()
    reorder_point = between(0, MOST, required=False)
    run_size = between(
        1,
        MOST,
        required=False,
        help_text=gettext_lazy("made in one run, or ordered at once"),
    )
    maximum = between(1, MOST, required=False)
    lead_days = between(0, MOST_DAYS, initial=0)
    quality_hold_s = between(
        0, A_YEAR_S, initial=0, label=gettext_lazy("Seconds that quality holds a lot")
    )
    shelf_life_days = between(1, MOST_DAYS, required=False)
    sells = Choices()
    counted = between(
        0,
        MOST,
        required=False,
        label=gettext_lazy("Counted now"),
        help_text=gettext_lazy("All that is there; the difference is booked."),
    )

    class Meta:
        model = StockItem
        fields = [
            *("code", "name", "kind", "unit", "product", "reorder_point", "run_size"),
            *("maximum", "lead_days", "quality_hold_s", "shelf_life_days", "sells"),
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        point, most = given.get("reorder_point"), given.get("maximum")
        if point is not None and most is not None and most <= point:
            self.add_error("maximum", _("It is not above the reorder point."))
        if given.get("sells") and not given.get("product"):
            self.add_error("sells", _("Name the product that has these options."))
        return given
