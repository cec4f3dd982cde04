"""Forms of set-up rules: they refuse, at the field, what leaves a change unanswered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from production.forms.written import (
    Amounts,
    Names,
    Texts,
    Values,
    between,
    refuse_unknown,
)
from production.models import SetupRule, Skill
from production.selectors import parameters

A_MONTH_S = 31 * 86_400


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
