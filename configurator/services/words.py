"""The list of words that are put on nothing, filled from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from configurator.models import UnwantedWord
from configurator.selectors.unwanted import forget_unwanted


def load_unwanted(words: Iterable[str]) -> int:
    """Add words that are not on the list yet; tell how many there are then."""
    UnwantedWord.objects.bulk_create(
        [UnwantedWord(word=word) for word in words], ignore_conflicts=True
    )
    forget_unwanted()
    return UnwantedWord.objects.count()
