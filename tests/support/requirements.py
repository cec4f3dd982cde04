"""What a machine lacks is skipped with the reason, unless it was required."""

import os

import pytest


def is_required(what: str) -> bool:
    """Say whether ``REQUIRE_BROWSER`` or ``REQUIRE_POSTGRES`` asks for it."""
    return os.environ.get(f"REQUIRE_{what}", "") not in {"", "0"}


def do_without(what: str, reason: str) -> None:
    """Skip the test, or fail it where the thing that is missing was required."""
    if is_required(what):
        pytest.fail(f"REQUIRE_{what} is set, but {reason}", pytrace=False)
    pytest.skip(reason)
