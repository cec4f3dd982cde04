"""How a caller proves who it is: an API key, or the session of a page."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sites.shortcuts import get_current_site
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from configurator.models import ApiKey, User
from configurator.ports import ports
from configurator.selectors.api_keys import UnusableKeyError, get_usable_api_key
from configurator.selectors.roles import CATALOGUE_ADMIN, ORDER_DESK, roles_of
from configurator.services.api_keys import note_api_key_use

# Who may change what is sold, and who sees what customers wrote and paid.
MANAGING = frozenset({CATALOGUE_ADMIN, ORDER_DESK})
SECOND_FACTOR = "second_factor"
SESSION_QUERY = """
SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s
"""
WITHOUT_SECOND_FACTOR = (
    *("/livez", "/readyz", "/metrics"),
    *("/accounts/", "/language/", settings.STATIC_URL),
)


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


class SessionStore(DatabaseSessionStore):
    """Sessions as Django keeps them in the database.

    Almost every page and call reads one: the query is written out, since to have it
    written takes longer than to run it.
    """

    def load(self) -> dict[str, Any]:
        at = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(SESSION_QUERY, [self.session_key, at])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row[0])
        return found


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
    """How people sign up and in: by an address that they have shown to be theirs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ACCOUNTS_OPEN)

    def get_login_stages(self) -> list[str]:
        ours = f"{__name__}.{OwnAddressStage.__name__}"
        return [
            ours if stage.endswith(".EmailVerificationStage") else stage
            for stage in super().get_login_stages()
        ]

    def save_user(
        self, request: HttpRequest, user: User, form: Any, commit: bool = True
    ) -> User:
        """Write to people in the language in which they signed up."""
        user.language = (get_language() or settings.LANGUAGE_CODE)[:8]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: Any) -> None:
        """Write a mail that is kept until a server has taken it, as text and HTML."""
        request: Any = self.request
        site: Any = get_current_site(request)
        site.name = settings.SITE_NAME
        words = {
            "request": request,
            "email": email,
            "current_site": site,
            "shop": settings.SITE_NAME,
            **context,
        }
        mail = self.render_mail(template_prefix, email, words)
        shown = {
            "subject": mail.subject,
            "language": get_language() or settings.LANGUAGE_CODE,
            "text": mail.body,
        }
        ports.send_mail(
            to=email,
            subject=str(mail.subject),
            text=str(mail.body),
            html=render_to_string("mail/account.html", shown),
            now=request.now,
        )


class OwnAddressStage(EmailVerificationStage):  # type: ignore[misc]
    """Asks for the confirmation of addresses that people gave themselves.

    An account without any was made by an admin, who vouches for it.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user and not EmailAddress.objects.filter(user_id=user.pk).exists():
            _vouch(user)
            return None, True
        found: tuple[HttpResponse | None, bool] = super().handle()
        return found


def _vouch(user: User) -> None:
    """Take the address of an account that an admin made as confirmed."""
    is_taken = EmailAddress.objects.filter(email__iexact=user.email).exists()
    if user.email and not is_taken:
        EmailAddress.objects.create(
            user=user, email=user.email.lower(), verified=True, primary=True
        )


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether somebody acts for the works who has shown no more than a password.

    A login with the second factor is told by the session; one that was set up since is
    asked for once and then noted.
    """
    user = request.user
    if not isinstance(user, User) or request.session.get(SECOND_FACTOR) == user.pk:
        return False
    if not user.is_superuser and not roles_of(user) & MANAGING:
        return False
    if is_mfa_enabled(user):
        request.session[SECOND_FACTOR] = user.pk
        return False
    return True


class SecondFactorMiddleware(MiddlewareMixin):
    """Let those who manage catalogue and orders act with a second factor only.

    Their account's own pages stay open, so that they can set one up.
    """

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        is_open = request.path.startswith(WITHOUT_SECOND_FACTOR)
        if not settings.REQUIRE_STAFF_MFA or is_open:
            return None
        if not request.user.is_authenticated or not lacks_second_factor(request):
            return None
        if request.path.startswith("/api/"):
            text = _("Please set up a second factor to go on.")
            error = {"code": "second_factor", "detail": str(text), "attr": None}
            body = {"type": "client_error", "errors": [error]}
            return JsonResponse(body, status=403)
        messages.info(request, _("Please set up a second factor to go on."))
        return redirect("mfa_activate_totp")
