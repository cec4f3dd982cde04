"""Forms of lines, their stations and ratios: they refuse what no line can keep."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.models import Product
from configurator.selectors.conditions import (
    RuleSyntaxError,
    names_of,
    read_condition,
)
from configurator.states import ProductKind
from production.forms.written import MOST, Texts, between, refuse_unknown
from production.models import (
    Line,
    LineKind,
    SequenceRule,
    Station,
    WorkCentre,
    WorkCentreMode,
)
from production.selectors import line_uses, parameters

A_DAY_MS = 86_400_000
MOST_IN_A_ROW = 1_000
MOST_STATIONS = 1_000
LOWEST_PRIORITY = 99


class LineForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()
    takt_ms = between(1, A_DAY_MS, label=gettext_lazy("Takt in ms"))
    wip_limit = between(1, MOST, label=gettext_lazy("Units in work at most"))
    colour_max_run = between(1, MOST_IN_A_ROW, required=False)

    class Meta:
        model = Line
        fields = [
            *("code", "kind", "work_centre", "product", "name", "takt_ms"),
            *("wip_limit", "colour_attribute", "colour_max_run"),
        ]
        help_texts = {
            "work_centre": gettext_lazy("of the mode “line”, for this line alone"),
            "product": gettext_lazy("what a flow line makes; else nothing"),
        }

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        if "work_centre" in self.fields:
            free = WorkCentre.objects.filter(mode=WorkCentreMode.LINE, line=None)
            self.fields["work_centre"].queryset = free  # type: ignore[attr-defined]
        made = Product.objects.filter(kind=ProductKind.STANDARD)
        self.fields["product"].queryset = made  # type: ignore[attr-defined]

    def clean_colour_attribute(self) -> str:
        name: str = self.cleaned_data["colour_attribute"]
        known = parameters.list_colours(line=self._value("code"))
        refuse_unknown({name} if name else (), known)
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_flow = self._value("kind") == LineKind.FLOW
        if "product" in self.changed_data and line_uses.is_running(self.instance):
            self.add_error("product", _("A run of it is open."))
        elif is_flow != bool(given.get("product")) and "product" not in self.errors:
            self.add_error("product", _("A flow line makes one product, others none."))
        return given

    def _value(self, field: str) -> str:
        """Give what stands in a field, also where it is fixed since the line began."""
        return str(self.cleaned_data.get(field, getattr(self.instance, field)))


class StationForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()
    position = between(1, MOST_STATIONS, label=gettext_lazy("Place"))
    base_ms = between(
        0,
        A_DAY_MS,
        label=gettext_lazy("ms for one unit"),
        help_text=gettext_lazy("0 where it depends on the unit"),
    )

    class Meta:
        model = Station
        fields = ["position", "code", "name", "base_ms"]
        widgets = {"code": forms.TextInput(attrs={"size": 16})}

    def clean_code(self) -> str:
        """Keep the code that orders and routings name."""
        code: str = self.cleaned_data["code"]
        if self.instance.pk and code != self.instance.code:
            raise forms.ValidationError(_("The code of a station stays as it is."))
        return code

    def validate_constraints(self) -> None:
        """Leave places and codes to the formset, which sees them all at once."""


class StationFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """All stations of a line: one at least, and none gone that something uses."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if form not in self.deleted_forms]
        gone = [form.instance for form in self.deleted_forms if form.instance.pk]
        moved = [
            form.instance
            for form in kept
            if form.instance.pk and "position" in form.changed_data
        ]
        faults = [
            *line_uses.list_uses_of_stations(line=self.instance, stations=gone),
            *line_uses.list_faults_of_moves(line=self.instance, stations=moved),
        ]
        if not kept:
            faults.append(_("A line has one station at least."))
        if faults:
            raise forms.ValidationError(faults)


class SequenceRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()
    p = between(1, MOST_IN_A_ROW, label=gettext_lazy("at most"))
    q = between(2, MOST_IN_A_ROW, label=gettext_lazy("of any"))
    priority = between(1, LOWEST_PRIORITY, initial=1)

    class Meta:
        model = SequenceRule
        fields = ["code", "name", "condition", "p", "q", "priority", "station"]
        widgets = {"condition": forms.Textarea(attrs={"rows": 2})}

    def clean_condition(self) -> str:
        text: str = self.cleaned_data["condition"]
        try:
            names = names_of(read_condition(text))
        except RuleSyntaxError as error:
            raise forms.ValidationError(str(error)) from error
        refuse_unknown(names, parameters.list_names(line=self.instance.line.code))
        return text

    def clean_station(self) -> str:
        code: str = self.cleaned_data["station"]
        known = self.instance.line.stations.values_list("code", flat=True)
        if code and code not in known:
            raise forms.ValidationError(_("The line has no such station."))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        p, q = given.get("p"), given.get("q")
        if p and q and p >= q:
            text = _("%(p)d of %(q)d rules out nothing: allow fewer than %(q)d.")
            self.add_error("p", text % {"p": p, "q": q})
        return given
