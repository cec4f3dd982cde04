"""Erasing what customers wrote and drew; hashes, counts and all else stay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from configurator.engine.canonical import canonical_bytes
from configurator.models import Configuration, Design, IdempotencyKey, Upload, User
from configurator.selectors.personal import list_personal, without_personal
from configurator.selectors.print_areas import name_of
from configurator.services.previews import forget_thumbnails
from configurator.states import CharacteristicKind


def lock_configurations(*, ids: Collection[int]) -> list[Configuration]:
    """Let nobody begin to refer to these until the transaction ends; reads them.

    The lock is the strong one: it waits for, and then keeps out, those who write rows
    that refer to them, which an ordinary row lock does not.
    """
    rows = Configuration.objects.select_related("product", "release")
    locked = rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    return list(locked)


def erase_configurations(*, rows: Collection[Configuration], now: datetime) -> int:
    """Take texts and pictures out of locked configurations; tells of how many.

    Their hashes stay, so that what was made can still be compared with what was
    ordered by whoever knows the text.
    """
    erased = [row for row in rows if _erase(row, now)]
    forget_thumbnails(hashes=[row.sha256 for row in erased])
    return len(erased)


def erase_uploads(*, tokens: Collection[str]) -> int:
    """Delete pictures that no configuration and no design refers to any more."""
    n_erased = 0
    for token in sorted(tokens):
        is_used = any(
            rows.annotate(text=Cast("choices", TextField()))
            .filter(text__contains=token)
            .exists()
            for rows in (Configuration.objects.all(), Design.objects.all())
        )
        if not is_used:
            n_erased += Upload.objects.filter(token=token).delete()[0]
    return n_erased


def list_uploads_of(*, rows: Collection[Configuration]) -> set[str]:
    """Name the pictures that configurations hold."""
    tokens: set[str] = set()
    for row in rows:
        codes = list_personal(
            release_id=row.release_id, kinds=(CharacteristicKind.FILE,)
        )
        tokens |= {
            name_of(row.choices[code]) for code in codes if row.choices.get(code)
        }
    return tokens


def erase_designs(*, owner: User) -> int:
    """Delete what a user has saved; orders refer to none of it."""
    return Design.objects.filter(owner=owner).delete()[0]


def erase_answers(*, user: User | None, mentions: Collection[str]) -> int:
    """Forget the answers kept for repeated calls: a user's, and those that name one."""
    n_erased = 0
    if user is not None:
        rows = IdempotencyKey.objects.filter(scope=f"user:{user.pk}")
        n_erased += rows.delete()[0]
    kept = IdempotencyKey.objects.annotate(text=Cast("body", TextField()))
    for word in mentions:
        n_erased += kept.filter(text__contains=word).delete()[0]
    return n_erased


def erase_user(*, user: User) -> None:
    """Leave of an account its id alone; nobody can sign in with it any more."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user).delete()
        user.username = f"erased-{user.pk}"
        user.first_name = user.last_name = user.email = ""
        user.is_active = False
        user.set_unusable_password()
        user.save()


def _erase(row: Configuration, now: datetime) -> bool:
    if row.erased_at is not None:
        return False
    kept = without_personal(release_id=row.release_id, choices=row.choices)
    if kept == row.choices:
        return False
    canonical = canonical_bytes(
        product=row.product.slug, release=str(row.release.number), choices=kept
    )
    row.choices, row.canonical, row.erased_at = kept, canonical.decode(), now
    row.save(update_fields=["choices", "canonical", "erased_at"])
    return True
