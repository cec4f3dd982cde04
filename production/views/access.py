"""Who may open the floor's pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from configurator.selectors.roles import roles_of
from production.permissions import READERS

View = Callable[..., HttpResponseBase]


def floor_page(view: View, *, roles: frozenset[str] = READERS) -> View:
    """Let only people of the floor in; others sign in, or are refused."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not roles_of(request.user) & roles:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked
