"""Reading pages in tests."""

import re


def find(pattern: str, html: str) -> str:
    """Give what the pattern's first group matches; fail where nothing does."""
    found = re.search(pattern, html)
    assert found is not None, f"{pattern} is not on the page"
    return found[1]
