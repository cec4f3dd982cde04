"""Users and their keys."""

from datetime import UTC, datetime

from configurator.models import ApiKey, User
from configurator.services.api_keys import issue_api_key

PASSWORD = "correct horse 1"  # noqa: S105 -- of users in tests
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def make_user(username: str = "ada", **fields) -> User:
    return User.objects.create_user(username=username, password=PASSWORD, **fields)


def make_api_key(*scopes: str, user: User | None = None, **words) -> tuple[ApiKey, str]:
    return issue_api_key(
        user=user or make_user(), name="A key", scopes=scopes, **{"now": NOW, **words}
    )
