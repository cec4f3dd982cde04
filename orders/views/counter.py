"""Orders that staff enter for a customer, by phone or at the counter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from configurator.models import User
from configurator.selectors.callers import DESK_BUYER, PageRequest, buyer_of
from configurator.selectors.roles import is_trade
from orders.forms import check_characters
from orders.views.desk import for_sales


class CustomerForm(forms.Form):
    account = forms.CharField(
        label=gettext_lazy("Account of the customer"),
        help_text=gettext_lazy("User name or e-mail. Empty: somebody without one."),
        max_length=254,
        required=False,
        validators=[check_characters],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_account(self) -> User | None:
        text = self.cleaned_data["account"].strip()
        if not text:
            return None
        rows = User.objects.filter(is_active=True, is_staff=False)
        found = list(rows.filter(Q(username=text) | Q(email__iexact=text))[:2])
        if len(found) != 1:
            text = _("There is no such account, or more than one: use the user name.")
            raise forms.ValidationError(text)
        return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@for_sales
def desk_customer(page: PageRequest) -> HttpResponse:
    """Choose for whom staff fill the cart from now on, or stop it."""
    if page.method == "POST" and page.POST.get("action") == "stop":
        page.session.pop(DESK_BUYER, None)
        messages.success(page, _("You order for yourself again."))
        return redirect("orders:desk")
    form = CustomerForm(page.POST if page.method == "POST" else None)
    if page.method == "POST" and form.is_valid():
        buyer = form.cleaned_data["account"]
        page.session[DESK_BUYER] = buyer.pk if buyer else 0
        return redirect("catalogue:product-list")
    context = {"form": form, "section": "desk", "desk": desk_buyer(page)}
    status = 400 if form.errors else 200
    return render(page, "orders/desk-customer.html", context, status=status)


def desk_buyer(page: PageRequest) -> dict[str, Any]:
    """Say for whom staff order at the moment; nothing where they do not."""
    if DESK_BUYER not in page.session:
        return {}
    buyer = buyer_of(page)
    return {
        "name": (buyer.get_full_name() or buyer.get_username()) if buyer else "",
        "email": buyer.email if buyer else "",
        "is_trade": is_trade(buyer),
    }
