"""The configurator as HTML; where many see the same it is drawn once for all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from configurator.selectors.kept import Keyed, has_own_words
from configurator.selectors.releases import LiveRelease
from configurator.selectors.settled import MOST_OPTIONS
from configurator.views.design import Answer, Design
from configurator.views.picker_context import picker_context

TEMPLATE = "configurator/_option-picker.html"
# Stands where each visitor's own token goes, and nowhere else.
TOKEN = uuid.uuid4().hex
MOST_KEPT = 200
# A product of thousands of options fills megabytes with each page.
MOST_LARGE_KEPT = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be shown: a design, what the engine says to it, and the tax in it."""

    release: LiveRelease
    design: Design
    answer: Answer
    tax: Mapping[str, Any]
    now: datetime

    @property
    def is_own(self) -> bool:
        """Whether it holds what is one visitor's only, be it where they come from."""
        design = self.design
        if design.before not in ("", design.query) or design.changing is not None:
            return True
        words = {**self.answer["choices"], **design.choices}
        return has_own_words(self.release.definition, words)

    @property
    def key(self) -> tuple[Any, ...]:
        """Everything that decides what is drawn; the release's own by its hash.

        The lines beside are told by what the answer says, and by those that share a
        repair's price.
        """
        release = self.release
        together = self.answer.get("together")
        lines = together and [(each.choices, each.quantity) for each in together.lines]
        return (
            release.definition_sha256,
            release.product,
            release.number,
            release.kind,
            get_language(),
            self.now.date(),
            repr(release.sold_out),
            repr(replace(self.design, beside=())),
            repr({**self.answer, "together": lines}),
            repr(self.tax),
        )


@dataclass(frozen=True, slots=True)
class Picker:
    """The configurator in plain values, and as HTML."""

    context: Mapping[str, Any]
    html: str

    def for_visitor(self, token: str) -> SafeString:
        """Give the HTML with a visitor's own token."""
        return mark_safe(self.html.replace(TOKEN, token))  # noqa: S308 -- a template's


def draw_picker(shown: Shown) -> Picker:
    """Draw the picker for whoever asks; nobody's own words are kept."""
    if shown.is_own:
        return _draw(shown)
    is_large = shown.release.loaded.n_options > MOST_OPTIONS
    draw = _draw_large_once if is_large else _draw_once
    return draw(Keyed(shown.key, shown))


def _draw_keyed(shown: Keyed[Shown]) -> Picker:
    return _draw(shown.take())


_draw_once = lru_cache(maxsize=MOST_KEPT)(_draw_keyed)
_draw_large_once = lru_cache(maxsize=MOST_LARGE_KEPT)(_draw_keyed)


def _draw(shown: Shown) -> Picker:
    context = picker_context(shown.release, shown.design, shown.answer, now=shown.now)
    context["tax"] = shown.tax
    html = render_to_string(TEMPLATE, {**context, "csrf_token": TOKEN})
    return Picker(context, html)
