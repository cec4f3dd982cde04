"""What every page template may ask for."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the script nonce, the factory's time and where live streams are served."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "live_origin": getattr(request, "live_origin", ""),
        "now_at": getattr(request, "now", None),
    }
