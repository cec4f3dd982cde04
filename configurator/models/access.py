"""Who calls, with which key, at what factory time."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Whatever somebody does is written down under their whole name.
LONGEST_USERNAME = 120


def new_token() -> str:
    return secrets.token_urlsafe(24)


class User(AbstractUser):
    """Own user model from the first migration on, so that it can grow."""

    username = models.CharField(
        _("username"),
        max_length=LONGEST_USERNAME,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A user with that username already exists.")},
        help_text=_("At most 120 characters: letters, digits and @/./+/-/_ only."),
    )
    language = models.CharField(max_length=8, default="en")


class FactoryClock(models.Model):
    """One row: factory time = factory_at + rate x (real time - real_at)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    real_at = models.DateTimeField()
    factory_at = models.DateTimeField()
    rate_per_mille = models.PositiveIntegerField(default=1000)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_factory_clock"),
        ]

    def __str__(self) -> str:
        return f"{self.factory_at:%Y-%m-%d %H:%M} x {self.rate_per_mille / 1000:g}"


class IdempotencyKey(models.Model):
    """The first successful answer given under a caller's key, kept seven days."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=128)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key"], name="one_answer_per_idempotency_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}:{self.key}"


class ApiKey(models.Model):
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Upload(models.Model):
    """A picture that a customer sent, re-encoded; never the bytes as they came."""

    token = models.CharField(max_length=48, unique=True, default=new_token)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    file_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.file_name or self.token} {self.width_px}x{self.height_px}"
