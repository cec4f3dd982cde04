"""Django settings: every deployable value comes from the environment.

With nothing set the project runs on this machine alone: DEBUG off, SQLite in ``var/``
and a secret key generated once into ``var/secret_key``.
"""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

# Typed helpers ---------------------------------------------------------------


def env_str(name: str, default: str = "") -> str:
    """Read text from the environment; an unset variable gives the default."""
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    """Read yes or no; anything else stops the start, naming the variable."""
    value = env_str(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    message = f"{name} must be one of 1, true, yes, on, 0, false, no, off: {value!r}"
    raise ImproperlyConfigured(message)


def env_int(name: str, default: int, *, minimum: int = 0) -> int:
    """Read a whole number not below ``minimum``."""
    value = env_str(name)
    if not value:
        return default
    if not re.fullmatch(r"\d+", value) or int(value) < minimum:
        message = f"{name} must be a whole number of at least {minimum}: {value!r}"
        raise ImproperlyConfigured(message)
    return int(value)


def env_secret(name: str, default: str = "") -> str:
    """Read a secret from ``NAME`` or from the file that ``NAME_FILE`` names."""
    path = env_str(f"{name}_FILE")
    if not path:
        return env_str(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{name}_FILE cannot be read: {path}: {error.strerror}"
        raise ImproperlyConfigured(message) from error


def env_list(name: str, default: str = "") -> list[str]:
    """Read words separated by commas."""
    return [word.strip() for word in env_str(name, default).split(",") if word.strip()]


def generated_secret(path: Path) -> str:
    """Read the key at ``path``; the first of several processes to ask makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def database_from_url(url: str) -> dict[str, Any]:
    """Turn ``DATABASE_URL`` into a Django database, SQLite where it is empty."""
    parts = urlsplit(url)
    if parts.scheme in {"", "sqlite", "sqlite3"}:
        name = unquote(parts.path[1:]) if url else str(VAR_DIR / "lotone.sqlite3")
        return sqlite_database(name or ":memory:")
    if parts.scheme not in {"postgres", "postgresql"}:
        message = f"DATABASE_URL must begin with postgresql:// or sqlite://: {url!r}"
        raise ImproperlyConfigured(message)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    pool_size = env_int("DATABASE_POOL", 8)
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or env_secret("DATABASE_PASSWORD"),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


def sqlite_database(name: str) -> dict[str, Any]:
    """Describe a SQLite file whose acknowledged commits survive a power cut."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


# Where things are ------------------------------------------------------------

VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))
ARTEFACT_DIR, MEDIA_ROOT = VAR_DIR / "artefacts", VAR_DIR / "media"
COMPILE_SECONDS = env_int("COMPILE_SECONDS", 60)  # then a solver answers instead
STATIC_ROOT = Path(env_str("STATIC_DIR", str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATIC_URL = "/static/"

# Core ------------------------------------------------------------------------

DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_secret("SECRET_KEY") or generated_secret(VAR_DIR / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HOST, PORT = env_str("HOST", "127.0.0.1"), env_int("PORT", 8000, minimum=1)
WEB_WORKERS = env_int("WEB_WORKERS", 2, minimum=1)
WEB_THREADS = env_int("WEB_THREADS", 6, minimum=1)
WORKER_PROCESSES = env_int("WORKER_PROCESSES", 2, minimum=1)
LONGEST_BACK_OFF_S = env_int("LONGEST_BACK_OFF_S", 30, minimum=1)
SITE_NAME = env_str("SITE_NAME", "Lot One")
SAMPLE_ORDERS = env_int("SAMPLE_ORDERS", 40)  # with which the demo begins
IS_LIVE_SERVER = env_bool("LIVE_SERVER", default=False)  # serves only the streams
# Where streams and pages are: "" here, ":8001" this host's port, or an origin.
LIVE_ORIGIN, WEB_ORIGIN = env_str("LIVE_ORIGIN"), env_str("WEB_ORIGIN")
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)  # those that set X-Forwarded-For

ROOT_URLCONF, WSGI_APPLICATION = "configurator.urls", "configurator.wsgi.application"

INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes")),
    *(f"django.contrib.{name}" for name in ("messages", "sessions", "staticfiles")),
    *("allauth", "allauth.account", "allauth.mfa", "csp", "django_htmx"),
    *("django_prometheus", "drf_spectacular", "drf_spectacular_sidecar"),
    *("drf_standardized_errors", "rest_framework"),
    "configurator.apps.ConfiguratorConfig",
    "orders.apps.OrdersConfig",
    "production.apps.ProductionConfig",
]

LIVE_MIDDLEWARE = [
    "configurator.middleware.RequestIdMiddleware",
    "configurator.middleware.OriginsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "configurator.middleware.FactoryClockMiddleware",
]
WEB_MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "configurator.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "configurator.middleware.OriginsMiddleware",
    "configurator.middleware.ContentSecurityPolicyMiddleware",
    "configurator.middleware.RequestLimitsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "configurator.authentication.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "configurator.middleware.FactoryClockMiddleware",
    "configurator.middleware.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
MIDDLEWARE = LIVE_MIDDLEWARE if IS_LIVE_SERVER else WEB_MIDDLEWARE

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "configurator.context_processors.page",
                "orders.context_processors.cart",
            ],
        },
    },
]

# Database and cache ----------------------------------------------------------

DATABASES = {"default": database_from_url(env_secret("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_secret("REDIS_URL")
REDIS_CACHE = {
    "BACKEND": "configurator.throttles.OneClientCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "lotone",
    "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
}
DJANGOS = "django.core.cache.backends"
DATABASE_CACHE = {"BACKEND": f"{DJANGOS}.db.DatabaseCache", "LOCATION": "cache_entry"}
CACHES = {"default": REDIS_CACHE if REDIS_URL else DATABASE_CACHE}
CACHES["template_fragments"] = {"BACKEND": f"{DJANGOS}.locmem.LocMemCache"}

# Accounts --------------------------------------------------------------------

AUTH_USER_MODEL = "configurator.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "configurator.authentication.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_EMAIL_NOTIFICATIONS = "mandatory", True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNTS_OPEN = env_bool("ACCOUNTS_OPEN", default=True)
# Who manages catalogue or orders needs a second factor; demo accounts have none.
REQUIRE_STAFF_MFA = env_bool("REQUIRE_STAFF_MFA", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_TOTP_ISSUER = "Lot One"

# Security --------------------------------------------------------------------

HTTPS = env_bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_ENGINE = "configurator.authentication"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
METRICS_TOKEN = env_secret("METRICS_TOKEN")

ONLY_SELF = ("connect", "font", "manifest", "style", "worker")
NOTHING = ("default-src", "base-uri", "frame-ancestors", "object-src")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: [NONE] for name in NOTHING},
        **{f"{name}-src": [SELF] for name in ONLY_SELF},
        "form-action": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
    },
}

DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
JSON_BODY_LIMIT_BYTES = 256 * 1024

# Languages, time, files ------------------------------------------------------

LANGUAGE_CODE, TIME_ZONE = "en", "UTC"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "configurator" / "locale"]
# What customers read on their pages; everything else speaks UTC.
SHOP_TIME_ZONE = env_str("SHOP_TIME_ZONE", "Europe/Berlin")

# STATIC_HASHED is set where `collectstatic` has run (`make run`, the image): names then
# carry a hash and are cached for ever. Without it files are found where they lie.
STATIC_HASHED = env_bool("STATIC_HASHED", default=False)
PLAIN_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED_FILES = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": HASHED_FILES if STATIC_HASHED else PLAIN_FILES},
}
WHITENOISE_USE_FINDERS = not STATIC_HASHED
# Maps for debuggers are half of what there is to pack, and no page asks for them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["gif", "gz", "jpg", "map", "png", "woff2"]
FILE_UPLOAD_PERMISSIONS = 0o640

# Payments --------------------------------------------------------------------
# `dummy` moves no money. Providers are asked outside of transactions; their notices
# come to /payments/<provider>/notices/ and are believed by their signature alone.

PAYMENT_PROVIDERS = env_list("PAYMENT_PROVIDERS", "dummy")
STRIPE_API_BASE = env_str("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
STRIPE_SECRET_KEY = env_secret("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env_secret("STRIPE_WEBHOOK_SECRET")
if "stripe" in PAYMENT_PROVIDERS:
    # A form of ours may lead on to the page on which the buyer pays.
    pages = env_str("STRIPE_PAGES", "https://checkout.stripe.com")
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [SELF, pages]

# Mail ------------------------------------------------------------------------

EMAIL_HOST, EMAIL_PORT = env_str("EMAIL_HOST"), env_int("EMAIL_PORT", 25, minimum=1)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT, EMAIL_KIND = 10, "smtp" if EMAIL_HOST else "filebased"
EMAIL_BACKEND = f"django.core.mail.backends.{EMAIL_KIND}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "Lot One <orders@localhost>")

# API -------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "configurator.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["configurator.parsers.LimitedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    # OPTIONS would describe serializers, which most calls do without: it is a 405.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "configurator.pagination.CreatedCursorPagination",
    "DEFAULT_SCHEMA_CLASS": "configurator.api.schema.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["configurator.throttles.GuestThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "guest": env_str("GUEST_RATE", "300/min"),
        "guest_uploads": "30/min",
    },
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lot One",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        f"{name}Enum": f"{app}.states.{name}.values"
        for app, names in {
            "configurator": "CharacteristicKind ProductKind",
            "orders": "OrderState QuotationState",
            "production": "BatchState DeviceState LotState OperationState "
            "WorkOrderState",
        }.items()
        for name in names.split()
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "configurator.api.errors.ErrorHandler",
    "EXCEPTION_FORMATTER_CLASS": "configurator.api.errors.ErrorFormatter",
}

# Work in the background ------------------------------------------------------
# Messages are wake-ups: the database holds what is to be done, so a lost message
# costs at most one beat. `configurator/celery.py` sets how the broker is spoken to.

BROKER_DIR, FILES = VAR_DIR / "broker", "filesystem://localhost"
CELERY_BROKER_URL = env_secret("CELERY_BROKER_URL") or REDIS_URL or FILES
EVERY_S = {
    1: "production.release_confirmed_orders production.release_to_floor",
    2: "production.tend production.plan",
    5: "production.advance_lines orders.send_mails orders.issue_documents",
    10: "configurator.continue_examinations orders.place_standing_orders",
    30: "configurator.activate_scheduled production.replenish "
    "orders.hand_out_files orders.pay_refunds orders.settle_payments",
    60: "production.check_pipeline production.sweep_lots production.watch_promises "
    "production.supply production.release_held_stock production.refresh_advice",
    3600: "configurator.forget_old_keys configurator.forget_unused_uploads "
    "configurator.forget_deleted_designs orders.expire_unpaid_orders",
}
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": every_s, "options": {"expires": max(every_s, 2)}}
    for every_s, names in EVERY_S.items()
    for name in names.split()
}

# Logging ---------------------------------------------------------------------

LOGGING_CONFIG = "configurator.apps.configure_logging"
LOG_LEVEL, LOG_FORMAT = env_str("LOG_LEVEL", "INFO"), env_str("LOG_FORMAT", "text")
LOGGING = {"level": LOG_LEVEL.upper(), "json": LOG_FORMAT == "json"}
