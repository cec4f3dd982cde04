"""Forms of a site with its figures, and of the people who work there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.models import User
from production.forms.written import Amounts, Texts, Written, between
from production.models import Operator, Site, WorkCentreClass
from production.selectors.parameters import fault_in_zone
from production.selectors.ways import fault_in_delivery

SHORTEST_PIN = 4
LONGEST_PIN = 64
MOST_DAYS_LEFT = 3_650
TWO_LETTERS = RegexValidator("^[A-Z]{2}$", gettext_lazy("Two letters, as in DE."))
# Where each field stands among a site's figures; what else is there stays as it is.
PLACES = {
    "country": ("country",),
    "labour_minor_per_h": ("figures", "labour_minor_per_h"),
    "hourly_minor": ("figures", "advice", "hourly_minor"),
    "sheet_minor": ("figures", "advice", "sheet_minor"),
    "waste_milli": ("figures", "advice", "waste_milli"),
    "material_milli": ("material_milli",),
    "delivery": ("delivery",),
    "least_days_left": ("trade", "least_days_left"),
}


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A site with what work, machines and materials cost there."""

    name = Texts()
    country = forms.CharField(validators=[TWO_LETTERS], max_length=2, required=False)
    labour_minor_per_h = Amounts(
        '{"OPERATOR": 3200}', label=gettext_lazy("Wages an hour, in cents")
    )
    hourly_minor = Amounts(
        '{"PRESS-1": 3600, "LINE-1/PACK": 2600}',
        label=gettext_lazy("Places with people an hour, in cents"),
    )
    sheet_minor = Amounts(
        '{"PRESS-1": 14}', label=gettext_lazy("Supplies a sheet, in cents")
    )
    waste_milli = Amounts(
        '{"dough_g": 200}',
        label=gettext_lazy("Waste of a set-up, in thousandths of a cent"),
    )
    material_milli = Amounts(
        '{"FLOUR": 90}',
        label=gettext_lazy("Materials a unit, in thousandths of a cent"),
    )
    delivery = Written(
        kind=dict,
        label=gettext_lazy("Ways out"),
        help_text='{"carrier": {"weekdays": [0, 1, 2, 3, 4], "pick_up": "17:30"}}',
    )
    least_days_left = between(
        1,
        MOST_DAYS_LEFT,
        required=False,
        label=gettext_lazy("Days that goods for trade must still keep"),
    )

    class Meta:
        model = Site
        fields = ["code", "name", "zone"]

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for field, path in PLACES.items():
            found: Any = self.instance.figures
            for key in path:
                found = (found or {}).get(key)
            self.initial.setdefault(field, found or self.fields[field].initial)

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"]
        if fault := fault_in_zone(zone):
            raise forms.ValidationError(fault)
        return zone

    def clean_delivery(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data["delivery"]
        if fault := fault_in_delivery(given):
            raise forms.ValidationError(fault)
        return given

    def save(self, commit: bool = True) -> Any:
        figures = self.instance.figures
        for field, path in PLACES.items():
            figures = _put(figures, path, self.cleaned_data[field])
        self.instance.figures = figures
        return super().save(commit)


class WorkCentreClassForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()

    class Meta:
        model = WorkCentreClass
        fields = ["code", "name"]


class Absences(Written):
    """First and last days on which somebody is away."""

    def __init__(self) -> None:
        super().__init__(kind=list, help_text='[["2026-12-24", "2026-12-31"]]')

    def check(self, found: Sequence[Any]) -> None:
        try:
            pairs = [(_day(first), _day(latest)) for first, latest in found]
        except (TypeError, ValueError) as error:
            raise forms.ValidationError(self.wrong()) from error
        if any(first > latest for first, latest in pairs):
            raise forms.ValidationError(_("It ends before it begins."))


class OperatorForm(forms.ModelForm):  # type: ignore[type-arg]
    pin = forms.CharField(
        label=gettext_lazy("PIN"),
        min_length=SHORTEST_PIN,
        max_length=LONGEST_PIN,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Empty: it stays as it is."),
    )
    absences = Absences()

    class Meta:
        model = Operator
        fields = [
            *("code", "name", "badge", "user", "skills", "calendar"),
            *("absences", "is_active"),
        ]

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        people = User.objects.filter(is_staff=True)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["pin"]:
            self.instance.pin_hash = make_password(self.cleaned_data["pin"])
        return super().save(commit)


def _day(text: str) -> date:
    """Read a day in the one form in which days are compared."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def _put(figures: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """Give the figures with one of them another; nothing is kept of an empty one."""
    first, *rest = path
    if rest:
        value = _put(figures.get(first) or {}, rest, value)
    others = {key: kept for key, kept in figures.items() if key != first}
    return {**others, first: value} if value else others
