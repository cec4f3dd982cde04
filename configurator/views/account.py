"""An account at a glance: where everything about it stands."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from configurator.models import User
from configurator.selectors.callers import PageRequest, user_of
from configurator.selectors.designs import list_designs


@require_safe
@never_cache
@login_required
def account(page: PageRequest) -> HttpResponse:
    """Show what belongs to whoever is signed in, and what protects it."""
    user = user_of(page) or User()
    context = {
        "section": "account",
        "name": user.get_full_name() or user.email or user.get_username(),
        "n_designs": list_designs(owner=user).count(),
        "addresses": list(
            EmailAddress.objects.filter(user=user).order_by("-primary", "email")
        ),
        "email": user.email,
        "has_second_factor": is_mfa_enabled(user),
    }
    return render(page, "configurator/account.html", context)
