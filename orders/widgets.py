"""How fields of the shop's forms are written."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class CountrySelect(forms.Select):
    """Some 250 options, written once for all who read the same language."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        """Write the select, with what is chosen marked."""
        here = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        chosen = format_html('value="{}"', value)
        options = _write_options(tuple(self.choices))
        options = options.replace(chosen, f"{chosen} selected")
        return format_html("<select{}>{}</select>", flatatt(here), mark_safe(options))  # noqa: S308 -- escaped


@lru_cache(maxsize=8)
def _write_options(choices: tuple[tuple[str, str], ...]) -> str:
    return format_html_join("\n", '<option value="{}">{}</option>', choices)
