"""How many pictures a guest may send with the forms of the cart."""

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle

if TYPE_CHECKING:  # its views import this module
    from rest_framework.views import APIView


class UploadThrottle(AnonRateThrottle):
    """One count with the catalogue: scope and address are the same."""

    scope = "guest_uploads"

    def get_rate(self) -> str:
        return str(api_settings.DEFAULT_THROTTLE_RATES[self.scope])


def may_upload(page: HttpRequest) -> bool:
    """Count a picture that comes with a page's form."""
    call = Request(page)
    call.user, call.auth = page.user, None
    return bool(UploadThrottle().allow_request(call, cast("APIView", None)))
