"""What a person is to the works: the groups that pages and API ask for."""

from django.contrib.auth.models import AnonymousUser

from configurator.models import User

CATALOGUE_ADMIN = "catalogue admin"
OPERATOR = "operator"
ORDER_DESK = "staff"
PLANNER = "planner"
# A buyer whose business we know: no role of the works.
TRADE = "trade"
TRADE_ACCOUNT = "TRADE"
STAFF = frozenset({CATALOGUE_ADMIN, OPERATOR, ORDER_DESK, PLANNER})


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """List a user's roles; a superuser has all of them, a guest none."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return STAFF
    return STAFF & frozenset(user.groups.values_list("name", flat=True))


def is_trade(user: User | None) -> bool:
    """Say whether a buyer has a trade account."""
    if user is None or not user.is_active:
        return False
    return user.groups.filter(name=TRADE).exists()


def account_of(user: User | None) -> str:
    """Name the kind of account that prices and order rules speak of, or none."""
    return TRADE_ACCOUNT if is_trade(user) else ""
