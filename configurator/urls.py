"""The root of all addresses; each app names its own pages and API routes."""

from importlib import import_module
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_page
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from configurator.views import health

APPS = ("configurator.catalogue_urls", "orders.urls", "production.urls")


def api_routes(dotted: str) -> list[Any]:
    """Take ``api_urlpatterns`` from an app's routes."""
    routes: list[Any] = import_module(dotted).api_urlpatterns
    return routes


# Working the schema out takes a third of a second, and anybody may ask for it.
schema = cache_page(60)(SpectacularAPIView.as_view(permission_classes=[AllowAny]))
swagger = SpectacularSwaggerSplitView.as_view(
    url_name="api-schema", permission_classes=[AllowAny]
)
# The login that counts wrong passwords and asks for the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
probes = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]
live = path("live/", include("production.live"))
web = [
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/schema/", schema, name="api-schema"),
    path("api/docs/", swagger, name="api-docs"),
    path("api/v1/", include([route for app in APPS for route in api_routes(app)])),
    *(path("", include(app)) for app in APPS),
]
urlpatterns = [*probes, live] if settings.IS_LIVE_SERVER else [*probes, live, *web]

handler400 = "configurator.views.errors.bad_request"
handler403 = "configurator.views.errors.permission_denied"
handler404 = "configurator.views.errors.not_found"
handler500 = "configurator.views.errors.server_error"
