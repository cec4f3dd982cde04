"""Forms of a buyer: who they are and where it goes."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.selectors.countries import FIRST, list_countries, needed_parts
from orders.states import Delivery, Shipping

# The field of the window by the way that has windows.
WINDOWS = {Delivery.VAN: "window_van", Delivery.COLLECTION: "window_collection"}
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_characters(text: str) -> None:
    """Refuse what no label can carry."""
    found = CONTROL.search(text)
    if found:
        raise ValidationError(
            _("The character U+%(code)s cannot be used here.")
            % {"code": f"{ord(found[0]):04X}"}
        )


def new_key() -> str:
    """Make the one-time key of a form: sent twice, it has its effect once."""
    return uuid.uuid4().hex


class CountrySelect(forms.Select):
    """Some 250 options, written once for all who read the same language."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        """Write the select, with what is chosen marked."""
        here = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        chosen = format_html('value="{}"', value)
        options = _write_options(tuple(self.choices))
        options = options.replace(chosen, f"{chosen} selected")
        return format_html("<select{}>{}</select>", flatatt(here), mark_safe(options))  # noqa: S308 -- escaped


@lru_cache(maxsize=8)
def _write_options(choices: tuple[tuple[str, str], ...]) -> str:
    return format_html_join("\n", '<option value="{}">{}</option>', choices)


class AskedLater(forms.TextInput):
    """A field that the server alone insists on: what is needed depends on others."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class TextField(forms.CharField):
    def __init__(
        self, autocomplete: str, *, is_asked_later: bool = False, **options: Any
    ) -> None:
        kind = AskedLater if is_asked_later else forms.TextInput
        super().__init__(
            validators=[check_characters],
            widget=kind(attrs={"autocomplete": autocomplete}),
            **options,
        )


class WindowField(forms.CharField):
    """The beginning of a window, as the page offered it; none: as soon as it can be."""

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("When"), required=False, max_length=40)

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise ValidationError(_("Please choose one of the windows."))
        return at


class Payment(TextChoices):
    """How an order is paid that staff enter for a customer."""

    LATER = "", gettext_lazy("The customer pays, by the link in the mail")
    COUNTER = "COUNTER", gettext_lazy("Paid at the counter")
    INVOICE = "INVOICE", gettext_lazy("On invoice (trade accounts)")


class CheckoutForm(forms.Form):
    name = TextField("name", label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("The link to your order page goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    line1 = TextField(
        "address-line1", label=gettext_lazy("Street and number"), max_length=200
    )
    line2 = TextField(
        "address-line2",
        label=gettext_lazy("Flat, floor, company"),
        max_length=200,
        required=False,
    )
    postcode = TextField(
        "postal-code",
        is_asked_later=True,
        label=gettext_lazy("Postcode"),
        max_length=20,
    )
    city = TextField("address-level2", label=gettext_lazy("Town"), max_length=100)
    region = TextField(
        "address-level1",
        is_asked_later=True,
        label=gettext_lazy("State or province"),
        max_length=100,
        required=False,
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        choices=list_countries,
        initial=FIRST,
        widget=CountrySelect(attrs={"autocomplete": "country"}),
    )
    delivery = forms.ChoiceField(
        label=gettext_lazy("Delivery"),
        choices=Delivery.choices,
        widget=forms.RadioSelect,
    )
    shipping = forms.ChoiceField(
        label=gettext_lazy("Parcels"), choices=Shipping.choices, required=False
    )
    window_van = WindowField()
    window_collection = WindowField()
    needed_by = forms.DateField(
        label=gettext_lazy("Needed by"),
        required=False,
        help_text=gettext_lazy("Leave it open for the day that we promise."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    # Asked of staff alone, and heard from nobody else.
    payment = forms.ChoiceField(
        label=gettext_lazy("Payment"), choices=Payment.choices, required=False
    )
    expected_total_minor = forms.IntegerField(
        required=False, min_value=0, widget=forms.HiddenInput
    )
    once = forms.RegexField(
        regex=r"^[!-~]{16,128}$",
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("Please send the form once more."),
            "invalid": gettext_lazy("Please send the form once more."),
        },
    )

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        is_sent = self["delivery"].value() != Delivery.DOWNLOAD
        needed = needed_parts(self["country"].value() or FIRST) if is_sent else ()
        for name in ("line1", "postcode", "city", "region"):
            self.fields[name].required = name in needed

    def window_from(self) -> datetime | None:
        """Give the window that was chosen for the chosen way, if any."""
        delivery = self.cleaned_data["delivery"]
        found: datetime | None = self.cleaned_data.get(WINDOWS.get(delivery, ""))
        return found

    def address(self) -> dict[str, str]:
        """Give the address as orders keep it; parts left empty are left out."""
        names = ("line1", "line2", "postcode", "city", "region", "country")
        values = {name: self.cleaned_data[name] for name in names}
        return {name: value for name, value in values.items() if value}
