"""Forms of places, calendars and skills: they refuse what no engine can follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from production.forms.written import Capacity, Rates, Texts, Written, between
from production.models import Calendar, ClosedDay, Shift, Skill, WorkCentre
from production.selectors.calendars import fault_in_shift
from production.selectors.parameters import fault_in_zone

MOST_PLACES = 1_000


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Calendar
        fields = ["code", "zone", "always_open"]

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"]
        if fault := fault_in_zone(zone):
            raise forms.ValidationError(fault)
        return zone


class ShiftForm(forms.ModelForm):  # type: ignore[type-arg]
    breaks = Written(kind=list, help_text='[["12:00", "12:30"]]')

    class Meta:
        model = Shift
        fields = ["weekday", "starts", "ends", "breaks"]
        help_texts = {
            "ends": gettext_lazy("not after the start: on the next day"),
        }

    weekday = forms.TypedChoiceField(choices=list(WEEKDAYS.items()), coerce=int)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            shift = Shift(**{name: given[name] for name in self.Meta.fields})
            if fault := fault_in_shift(shift):
                self.add_error("breaks", fault)
        return given


class ClosedDayForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ClosedDay
        fields = ["from_date", "to_date", "reason"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and given["to_date"] < given["from_date"]:
            self.add_error("to_date", _("It ends before it begins."))
        return given


class WorkCentreForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()
    n_places = between(1, MOST_PLACES, label=gettext_lazy("Places"), initial=1)
    crew = between(0, MOST_PLACES, initial=1)
    capacity = Capacity()
    rates = Rates()

    class Meta:
        model = WorkCentre
        fields = [
            *("code", "site", "mode", "name", "klass", "calendar", "n_places"),
            *("crew", "skill", "capacity", "rates", "position", "is_up", "back_at"),
        ]
        labels = {"is_up": gettext_lazy("Up"), "klass": gettext_lazy("Class")}
        help_texts = {
            "back_at": gettext_lazy(
                "While it is down; not known: nothing is planned there for a day, "
                "over and over."
            ),
        }

    def clean(self) -> dict[str, Any]:
        """Forget when it comes back once it is there."""
        given = super().clean() or {}
        if given.get("is_up"):
            given["back_at"] = None
        return given


class SkillForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()

    class Meta:
        model = Skill
        fields = ["code", "name"]
