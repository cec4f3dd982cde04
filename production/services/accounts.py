"""The people of the demo: groups with their permissions, accounts, badges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from configurator.models import User
from configurator.selectors.roles import (
    CATALOGUE_ADMIN,
    OPERATOR,
    ORDER_DESK,
    PLANNER,
    TRADE,
)
from production.models import Operator
from production.services.factory import published_hash

# What each role may do in the admin; pages and API ask for the group itself. Whoever
# may change users or issue keys may become anybody: that is left to superusers.
NOT_GIVEN = ("user", "apikey", "idempotencykey", "factoryclock", "design", "upload")
PERMISSIONS = {
    CATALOGUE_ADMIN: Q(content_type__app_label="configurator")
    & ~Q(content_type__model__in=NOT_GIVEN),
    PLANNER: Q(content_type__app_label="production"),
    ORDER_DESK: Q(content_type__app_label="orders")
    & Q(codename__regex=r"^(view|change)_"),
    OPERATOR: Q(content_type__app_label="production", codename__startswith="view_"),
    TRADE: Q(pk__in=[]),
}


def load_groups() -> dict[str, Group]:
    """Make the groups and give them their permissions."""
    found = {}
    for name, which in PERMISSIONS.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(which))
        found[name] = group
    return found


def load_accounts(*, accounts: Sequence[Mapping[str, Any]]) -> int:
    """Make the accounts that are missing; an existing one is left as it is."""
    with transaction.atomic():
        groups = load_groups()
        known = set(User.objects.values_list("username", flat=True))
        new = [each for each in accounts if each["username"] not in known]
        for account in new:
            _make(account, groups)
    return len(new)


def _make(account: Mapping[str, Any], groups: Mapping[str, Group]) -> None:
    user = User.objects.create(
        username=account["username"],
        password=published_hash(account["password"]),
        first_name=account["first_name"],
        last_name=account["last_name"],
        email=account["email"],
        is_staff=account["is_staff"],
        is_superuser=account["is_superuser"],
    )
    names = [*account["groups"], *([TRADE] if account["trade"] else [])]
    user.groups.set(groups[name] for name in names)
    if account["operator"]:
        Operator.objects.filter(code=account["operator"], user__isnull=True).update(
            user=user
        )
