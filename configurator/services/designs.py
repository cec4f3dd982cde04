"""Saving a customer's choices, finished or not, under a link to share."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from configurator.models import Design, User
from configurator.models.access import new_token
from configurator.selectors.answers import read_choices
from configurator.selectors.designs import get_design
from configurator.selectors.releases import LiveRelease, live_release
from configurator.services.errors import DomainError, InvalidError


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
) -> Design:
    """Save choices; a guest proves by `secret_of` that the design is theirs."""
    release = live_release(product)
    token = new_token()
    return Design.objects.create(
        token=token,
        secret_sha256=_sha256(secret_of(token)),
        owner=owner,
        product_id=release.product_id,
        release_id=release.release_id,
        choices=_checked(release, choices),
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


def secret_of(token: str) -> str:
    """Give the secret of a new design; it is told once and only its hash is kept."""
    return salted_hmac("configurator.design", token, algorithm="sha256").hexdigest()


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
