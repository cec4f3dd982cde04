"""Forms of the catalogue's admin."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from configurator.models import ApiKey, Availability, Product, Rule
from configurator.selectors.errors import DomainError
from configurator.services.availability import check_option
from configurator.services.rules import check_syntax
from configurator.states import Scope


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, label=_("Scopes")
    )

    class Meta:
        model = ApiKey
        fields = ["name", "user", "scopes", "expires_at"]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule of a draft; whether it fits the product is left to the examination."""

    class Meta:
        model = Rule
        fields = [
            "position",
            "code",
            "text",
            "reason",
            "effective_from",
            "effective_to",
        ]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        try:
            if text:
                check_syntax(text)
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return text


class AvailabilityForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Availability
        fields = [
            "product",
            "characteristic",
            "option",
            "is_available",
            "back_on_date",
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse options that the product on sale does not have."""
        given = super().clean() or {}
        row = self.instance
        product: Product | None = given.get("product") or (
            row.product if row.pk else None
        )
        if product is None:
            return given
        try:
            check_option(
                product=product.slug,
                characteristic=given.get("characteristic", row.characteristic),
                option=given.get("option", row.option),
                available=given.get("is_available", False),
                back_on=given.get("back_on_date"),
            )
        except DomainError as error:
            raise forms.ValidationError(error.message) from error
        return given
