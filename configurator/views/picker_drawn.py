"""The configurator as HTML; where many see the same it is drawn once for all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from configurator.selectors.callers import PageRequest
from configurator.selectors.kept import Keyed, has_own_words
from configurator.selectors.releases import LiveRelease

TEMPLATE = "configurator/_option-picker.html"
# Stands where each visitor's own token goes, and nowhere else.
TOKEN = uuid.uuid4().hex
MOST_KEPT = 200
# What the key names in other ways: the release, and what is drawn by itself.
NAMED = ("product", "preview", "questions")
DRAWN = ("drawn", "options")


def draw_picker(
    page: PageRequest, release: LiveRelease, context: Mapping[str, Any]
) -> SafeString:
    """Draw the picker for whoever asks; nobody's own words are kept."""
    is_own = context["before"] or context["notice"] or context["changing"]
    if is_own or has_own_words(release.definition, context["choices"]):
        html = _draw(context)
    else:
        html = _draw_once(Keyed(_key(release, context), context))
    return mark_safe(html.replace(TOKEN, get_token(page)))  # noqa: S308 -- a template's


def _key(release: LiveRelease, context: Mapping[str, Any]) -> tuple[Any, ...]:
    """Name everything that the picker shows."""
    rest = {name: value for name, value in context.items() if name not in NAMED}
    questions = tuple(
        (
            each.get("drawn"),
            repr([value for name, value in each.items() if name not in DRAWN]),
        )
        for each in context["questions"]
    )
    return (
        release.definition_sha256,
        get_language(),
        context["preview"],
        questions,
        repr(rest),
    )


@lru_cache(maxsize=MOST_KEPT)
def _draw_once(context: Keyed[Mapping[str, Any]]) -> str:
    return _draw(context.value)


def _draw(context: Mapping[str, Any]) -> str:
    return render_to_string(TEMPLATE, {**context, "csrf_token": TOKEN})
