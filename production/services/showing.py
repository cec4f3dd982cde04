"""What customers are shown of the works and takes long to work out, made beforehand."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.utils import translation

from production.selectors.glances import compare, compared_key, list_ordered

FRESH_S = 3_600
KEPT_S = 4 * FRESH_S
FRESH_KEY = "ways:fresh"


def refresh_comparisons(*, now: datetime) -> int:
    """Compare the ways for every product that was ordered, once an hour."""
    if not cache.add(FRESH_KEY, True, FRESH_S):
        return 0
    products = list_ordered()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found = {slug: compare(product=slug, now=now) for slug in products}
            kept = {slug: each for slug, each in found.items() if each is not None}
            cache.set(compared_key(), kept, KEPT_S)
    if not products:
        cache.delete(FRESH_KEY)
    return len(products)
