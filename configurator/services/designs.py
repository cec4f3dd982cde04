"""Saving a customer's choices, finished or not, under a link to share."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from configurator.models import Design, User
from configurator.models.access import new_token
from configurator.selectors.answers import read_choices
from configurator.selectors.designs import get_design, list_designs
from configurator.selectors.releases import LiveRelease, live_release
from configurator.services.errors import ConflictError, DomainError, InvalidError

MOST_DESIGNS = 200
LONGEST_NAME = 80
# How long a deletion can be taken back.
KEPT_DELETED = timedelta(days=7)


class TooManyDesignsError(ConflictError):
    """One person keeps so many designs and no more."""

    code = "TOO_MANY"


class NotYourDesignError(DomainError):
    """Whoever holds the link may look; to change it, another's is as if not there."""

    code = "not_found"
    status = 404


def save_design(
    *,
    product: str,
    choices: Mapping[str, Any],
    now: datetime,
    owner: User | None = None,
    name: str = "",
) -> Design:
    """Save choices; a guest proves by `secret_of` that the design is theirs."""
    release = live_release(product)
    if owner is not None and list_designs(owner=owner).count() >= MOST_DESIGNS:
        text = _("You have saved %(most)s designs; please delete some first.")
        raise TooManyDesignsError(text % {"most": MOST_DESIGNS})
    token = new_token()
    return Design.objects.create(
        token=token,
        secret_sha256=_sha256(secret_of(token)),
        owner=owner,
        product_id=release.product_id,
        release_id=release.release_id,
        choices=_checked(release, choices),
        name=_checked_name(name),
        created_at=now,
        updated_at=now,
    )


def change_design(
    *,
    token: str,
    choices: Mapping[str, Any] | None,
    now: datetime,
    user: User | None = None,
    secret: str = "",
) -> Design:
    """Replace a design's choices, on the release of now; None leaves them."""
    design = get_design(token=token)
    if not _is_owner(design, user, secret):
        raise NotYourDesignError(_("This design is another's; save your own copy."))
    if choices is None:
        return design
    release = live_release(design.product.slug)
    design.choices = _checked(release, choices)
    design.release_id = release.release_id
    design.updated_at = now
    design.save(update_fields=["choices", "release", "updated_at"])
    return design


def rename_design(*, token: str, name: str, user: User, now: datetime) -> Design:
    """Give a design another name; an empty one takes the product's."""
    design = _own(token, user)
    design.name, design.updated_at = _checked_name(name), now
    design.save(update_fields=["name", "updated_at"])
    return design


def delete_design(*, token: str, user: User, now: datetime) -> Design:
    """Take a design and its link away; for a while they can be brought back."""
    design = _own(token, user)
    design.deleted_at = now
    design.save(update_fields=["deleted_at"])
    return design


def restore_design(*, token: str, user: User) -> Design:
    """Bring back a design that its owner has just deleted."""
    design = _own(token, user)
    design.deleted_at = None
    design.save(update_fields=["deleted_at"])
    return design


def forget_deleted_designs(*, now: datetime) -> int:
    """Delete for good what its owner deleted some time ago; tells how many."""
    old = Design.objects.filter(deleted_at__lt=now - KEPT_DELETED)
    return old.delete()[0]


def secret_of(token: str) -> str:
    """Give the secret of a new design; it is told once and only its hash is kept."""
    return salted_hmac("configurator.design", token, algorithm="sha256").hexdigest()


def _own(token: str, user: User) -> Design:
    design = Design.objects.filter(token=token, owner=user).first()
    if design is None:
        raise NotYourDesignError(_("There is no such design of yours."))
    return design


def _checked_name(name: str) -> str:
    """Refuse what nobody could read in a list."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        text = _("A name has at most %(most)s characters in one line.")
        raise DomainError(text % {"most": LONGEST_NAME}, field="name")
    return name.strip()


def _is_owner(design: Design, user: User | None, secret: str) -> bool:
    if user is not None and design.owner_id == user.pk:
        return True
    return bool(secret) and constant_time_compare(_sha256(secret), design.secret_sha256)


def _checked(release: LiveRelease, choices: Mapping[str, Any]) -> dict[str, Any]:
    canonical, problems = read_choices(release.definition, choices)
    if problems:
        raise InvalidError(problems)
    return canonical


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
