"""How a caller proves who it is: an API key, or the session of a page."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from configurator.models import ApiKey, User
from configurator.selectors.api_keys import UnusableKeyError, get_usable_api_key
from configurator.services.api_keys import note_api_key_use


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key lo1_<prefix>_<secret>``; the key is ``request.auth``."""

    keyword = "Api-Key"

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Write: Authorization: Api-Key <key>"))
        now: datetime = request.real_now  # type: ignore[attr-defined]
        try:
            key = get_usable_api_key(text=words[1].decode("latin-1"), now=now)
        except UnusableKeyError as error:
            raise AuthenticationFailed(str(error)) from error
        note_api_key_use(key=key, now=now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names an API key."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Api-Key lo1_<prefix>_<secret>",
        }


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an admin; nobody signs up from outside."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
