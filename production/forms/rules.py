"""Forms of lines and set-up rules: they refuse, at the field, what none can keep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.selectors.conditions import (
    RuleSyntaxError,
    names_of,
    read_condition,
)
from production.forms.written import MOST, Amounts, Names, Texts, Values, between
from production.models import Line, SequenceRule, SetupRule, Skill, Station
from production.selectors import parameters

A_DAY_MS = 86_400_000
A_MONTH_S = 31 * 86_400
MOST_IN_A_ROW = 1_000
LOWEST_PRIORITY = 99


class StationForm(forms.ModelForm):  # type: ignore[type-arg]
    base_ms = between(
        0,
        A_DAY_MS,
        label=gettext_lazy("ms for one unit"),
        help_text=gettext_lazy("0 where it depends on the unit"),
    )

    class Meta:
        model = Station
        fields = ["base_ms"]


class LineForm(forms.ModelForm):  # type: ignore[type-arg]
    name = Texts()
    takt_ms = between(1, A_DAY_MS, label=gettext_lazy("Takt in ms"))
    wip_limit = between(1, MOST, label=gettext_lazy("Units in work at most"))
    colour_max_run = between(1, MOST_IN_A_ROW, required=False)

    class Meta:
        model = Line
        fields = [
            *("name", "takt_ms", "wip_limit", "colour_attribute", "colour_max_run"),
        ]

    def clean_colour_attribute(self) -> str:
        name: str = self.cleaned_data["colour_attribute"]
        known = parameters.list_colours(line=self.instance.code)
        refuse_unknown({name} if name else (), known)
        return name


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


class SetupRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """One row; the matrix with it must answer every change."""

    name = Texts(required=False)
    when_from = Values()
    when_to = Values()
    same = Names()
    differ = Names()
    rises = Names()
    falls = Names()
    internal_s = between(
        0, A_MONTH_S, initial=0, label=gettext_lazy("Seconds the machine stands")
    )
    external_s = between(
        0, A_MONTH_S, initial=0, label=gettext_lazy("Seconds beforehand")
    )
    waste = Amounts('{"dough_g": 400}')

    class Meta:
        model = SetupRule
        fields = [
            *("matrix", "sequence", "code", "name", "when_from", "when_to", "same"),
            *("differ", "rises", "falls", "adds", "internal_s", "external_s"),
            *("signature_skill", "waste"),
        ]

    def clean_signature_skill(self) -> str:
        code: str = self.cleaned_data["signature_skill"]
        if code and not Skill.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is no such skill."))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        matrix = given.get("matrix") or self.instance.matrix
        known = parameters.list_attributes(matrix=matrix)
        for field in ("when_from", "when_to", "same", "differ", "rises", "falls"):
            try:
                refuse_unknown(given.get(field, ()), known)
            except forms.ValidationError as error:
                self.add_error(field, error)
        if not self.errors:
            rows = parameters.list_rows(matrix=matrix)
            others = [row for row in rows if row.pk != self.instance.pk]
            row = SetupRule(**{"matrix": matrix, **given})
            fault = parameters.fault_in_matrix(matrix=matrix, rows=[*others, row])
            if fault:
                self.add_error("sequence", fault)
        return given


def refuse_unknown(names: Iterable[str], known: frozenset[str]) -> None:
    """Refuse a name that nothing has; where nothing is known yet, all may be meant."""
    unknown = sorted(set(names) - known) if known else []
    if unknown:
        text = _("There is no “%(name)s” here; there are %(known)s.")
        values = {"name": unknown[0], "known": ", ".join(sorted(known))}
        raise forms.ValidationError(text % values)
