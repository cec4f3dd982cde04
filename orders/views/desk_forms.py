"""Forms of the order desk: one for each thing that staff do with an order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import (
    DecimalValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.forms import check_characters
from orders.models import Carrier, OrderLine
from orders.selectors.quotations import get_terms
from orders.services.parcels import ParcelRequest
from orders.services.quoting import LARGEST_TOTAL_MINOR

LONGEST_CODE = 80
SETTLING = ("remake", "send", "pay", "decline")
LAST_MINUTE = time(23, 59)


class MoneyField(forms.DecimalField):
    """An amount as it is written in a currency; no more than can be stored."""

    def set_currency(self, currency: str) -> None:
        """Refuse smaller coins than there are, and what no amount can be (1e999)."""
        self.precision = get_currency_precision(currency)
        most = Decimal(LARGEST_TOTAL_MINOR).scaleb(-self.precision)
        self.validators += [
            MinValueValidator(0),
            MaxValueValidator(most),
            DecimalValidator(None, self.precision),
        ]
        attrs = {"min": 0, "max": f"{most:f}", "step": self.written(1)}
        self.widget.attrs |= {**attrs, "inputmode": "decimal"}

    def written(self, minor: int) -> str:
        return f"{Decimal(minor).scaleb(-self.precision):f}"

    def to_minor(self, amount: Decimal) -> int:
        return int(amount.scaleb(self.precision))


class QuoteForm(forms.Form):
    """A price for a bespoke line, as the customer will read it."""

    total = MoneyField(label=gettext_lazy("Total"))
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    deposit_percent = forms.IntegerField(
        label=gettext_lazy("Deposit in percent"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("Below 100 the rest is due before it is shipped."),
    )
    note = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, sent: Any = None, *, line: OrderLine, currency: str, now: datetime
    ) -> None:
        self.zone = ZoneInfo(settings.SHOP_TIME_ZONE)
        self.today = now.astimezone(self.zone).date()
        estimate = sum(each["amount_minor"] for each in line.price_lines)
        terms = get_terms(release_id=line.configuration.release_id)
        initial: dict[str, Any] = {
            "valid_until": self.today + timedelta(days=terms.valid_days),
            "deposit_percent": terms.deposit_percent,
        }
        super().__init__(sent, prefix=f"line{line.pk}", initial=initial)
        total = cast("MoneyField", self.fields["total"])
        total.set_currency(currency)
        total.label = _("Total (%(currency)s)") % {"currency": currency}
        if estimate:
            self.initial["total"] = total.written(estimate)

    def clean_valid_until(self) -> date:
        day: date = self.cleaned_data["valid_until"]
        if day < self.today:
            raise ValidationError(_("This day has passed."))
        return day

    def total_minor(self) -> int:
        total = cast("MoneyField", self.fields["total"])
        return total.to_minor(self.cleaned_data["total"])

    def ends_at(self) -> datetime:
        """Give the last minute of the day until which it stands."""
        day = self.cleaned_data["valid_until"]
        return datetime.combine(day, LAST_MINUTE, self.zone).astimezone(UTC)


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        validators=[check_characters],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LiftForm(forms.Form):
    hold = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class ShipForm(forms.Form):
    """What is packed, who takes it, and the code of each parcel."""

    lines = forms.TypedMultipleChoiceField(label=gettext_lazy("Lines"), coerce=int)
    carrier = forms.ModelChoiceField(
        label=gettext_lazy("Carrier"),
        queryset=Carrier.objects.order_by("name", "pk"),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("none"),
    )
    codes = forms.CharField(
        label=gettext_lazy("Tracking codes"),
        required=False,
        max_length=10_000,
        help_text=gettext_lazy("One line for each parcel."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def __init__(self, sent: Any = None, *, line_ids: list[int]) -> None:
        super().__init__(sent)
        lines: Any = self.fields["lines"]
        lines.choices = [(each, str(each)) for each in line_ids]

    def clean_codes(self) -> list[str]:
        codes = [each.strip() for each in self.cleaned_data["codes"].splitlines()]
        for code in codes:
            check_characters(code)
            if len(code) > LONGEST_CODE:
                text = _("A tracking code has at most %(n)s characters.")
                raise ValidationError(text % {"n": LONGEST_CODE})
        return [code for code in codes if code]

    def parcels(self) -> list[ParcelRequest]:
        """Give a parcel for each code; one without a code where only who is known."""
        carrier = self.cleaned_data["carrier"]
        codes = self.cleaned_data["codes"] or ([""] if carrier else [])
        return [ParcelRequest(carrier.code if carrier else "", code) for code in codes]


class DeliverForm(forms.Form):
    """Nothing has to be said."""


class CancelForm(forms.Form):
    sure = forms.BooleanField(label=gettext_lazy("Yes, cancel all that has not begun."))


class ProofForm(forms.Form):
    """How a line will be made, for the customer to agree to."""

    line = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    note = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG or SVG; without it the drawing is shown."),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.svg"}),
    )


class MessageForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Message to the customer"),
        max_length=2_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefundForm(forms.Form):
    """Money that goes back out of goodwill."""

    amount = MoneyField(label=gettext_lazy("Amount"))

    def __init__(self, sent: Any = None, *, currency: str) -> None:
        super().__init__(sent)
        amount = cast("MoneyField", self.fields["amount"])
        amount.set_currency(currency)
        amount.label = _("Amount (%(currency)s)") % {"currency": currency}

    def amount_minor(self) -> int:
        amount = cast("MoneyField", self.fields["amount"])
        return amount.to_minor(self.cleaned_data["amount"])


class SettleForm(forms.Form):
    """What becomes of a complaint; only one that is turned down needs an answer."""

    complaint = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    how = forms.ChoiceField(choices=[(each, each) for each in SETTLING])
    answer = forms.CharField(max_length=2_000, required=False, strip=False)


class ParcelForm(forms.Form):
    """A shipment that did not arrive, and why."""

    shipment = forms.CharField(max_length=32, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        validators=[check_characters],
    )
