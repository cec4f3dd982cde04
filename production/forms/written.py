"""What forms of the works' figures are filled in with, above all small documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

MOST = 1_000_000_000
RATES = {
    **dict.fromkeys(("area", "labour"), str),
    **dict.fromkeys(("attended",), bool),
    **dict.fromkeys(("tended_with",), list),
    **dict.fromkeys(("machine_minor_per_h", "run_wh_per_h", "idle_wh_per_h"), int),
    **dict.fromkeys(("lead_days", "cost_minor"), int),
    **dict.fromkeys(("breakdowns",), dict),
}


class Storable(json.JSONDecoder):
    """Takes no JSON that a database or a page would choke on."""

    def decode(self, s: str, *words: Any) -> Any:
        """Refuse bottomless nesting, endless numbers, and what are no characters."""
        try:
            found = super().decode(s, *words)
            text = json.dumps(found, ensure_ascii=False, allow_nan=False)
            text.encode()
        except (RecursionError, ValueError) as error:
            raise json.JSONDecodeError("not to be stored", s, 0) from error
        if "\\u0000" in text:
            raise json.JSONDecodeError("not to be stored", s, 0)
        return found


class Written(forms.JSONField):
    """JSON of one kind; where nothing is written, an empty one."""

    def __init__(self, *, kind: type, **words: Any) -> None:
        box = forms.Textarea(attrs={"rows": 2})
        usual = {"required": False, "decoder": Storable, "widget": box}
        super().__init__(**{**usual, **words})
        self.kind = kind

    def prepare_value(self, value: Any) -> Any:
        """Show an empty box where nothing is written yet."""
        return "" if value is None else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """Read what was written, or say what it should be."""
        found = super().clean(value)
        if found is None:
            return self.kind()
        if not isinstance(found, self.kind):
            raise forms.ValidationError(self.wrong())
        self.check(found)
        return found

    def check(self, found: Any) -> None:
        """Refuse what cannot be meant; the kinds of writing say more."""

    def wrong(self) -> str:
        return _("Write it as in the example: %(help)s") % {"help": self.help_text}


class Texts(Written):
    """A text for each language."""

    def __init__(self, *, required: bool = True) -> None:
        example = '{"en": "Oven", "de": "Ofen"}'
        super().__init__(kind=dict, required=required, help_text=example)

    def check(self, found: Mapping[str, Any]) -> None:
        if not all(isinstance(text, str) and text.strip() for text in found.values()):
            raise forms.ValidationError(self.wrong())


class Values(Written):
    """The values of attributes that a condition allows."""

    def __init__(self) -> None:
        super().__init__(kind=dict, help_text='{"diet": ["VEGAN", "STANDARD"]}')

    def check(self, found: Mapping[str, Any]) -> None:
        for values in found.values():
            if not isinstance(values, list) or not values:
                raise forms.ValidationError(self.wrong())
            if not all(type(each) in (str, int) for each in values):
                raise forms.ValidationError(self.wrong())


class Names(Written):
    """Names of attributes, or of anything else."""

    def __init__(self) -> None:
        super().__init__(kind=list, help_text='["colour", "size"]')

    def check(self, found: Iterable[Any]) -> None:
        if not all(isinstance(each, str) and each for each in found):
            raise forms.ValidationError(self.wrong())


class Amounts(Written):
    """Whole numbers by name, none below 0."""

    def __init__(self, help_text: str, **words: Any) -> None:
        super().__init__(kind=dict, help_text=help_text, **words)

    def check(self, found: Mapping[str, Any]) -> None:
        for name, amount in found.items():
            if type(amount) is not int or not 0 <= amount <= MOST:
                text = _("%(name)s: a whole number from 0 to %(most)d is meant.")
                raise forms.ValidationError(text % {"name": name, "most": MOST})


class Capacity(Written):
    """The measure of a load, and how much of it."""

    def __init__(self) -> None:
        example = '{"measure": "TRAY", "min": 0, "max": 18}'
        super().__init__(kind=dict, help_text=example)

    def check(self, found: Mapping[str, Any]) -> None:
        least, most = found.get("min", 0), found.get("max", MOST)
        is_known = set(found) <= {"measure", "min", "max"}
        is_named = isinstance(found.get("measure", ""), str)
        if not (is_known and is_named and type(least) is type(most) is int):
            raise forms.ValidationError(self.wrong())
        if not 0 <= least <= most or most < 1:
            raise forms.ValidationError(_("The least is above the most, or below 0."))


class Rates(Written):
    """What a work centre costs, and how often it fails."""

    def __init__(self) -> None:
        example = '{"machine_minor_per_h": 600, "run_wh_per_h": 6000}'
        super().__init__(kind=dict, help_text=example)

    def check(self, found: Mapping[str, Any]) -> None:
        for name, value in found.items():
            kind = RATES.get(name)
            if kind is None:
                text = _("There is no rate “%(name)s”; there are %(known)s.")
                values = {"name": name, "known": ", ".join(sorted(RATES))}
                raise forms.ValidationError(text % values)
            if type(value) is not kind:
                raise forms.ValidationError(self.wrong())
            if kind is int:
                Amounts("").check({name: value})
        breakdowns = found.get("breakdowns", {})
        Amounts("").check(breakdowns)
        known = {"mean_between_s", "mean_repair_s"}
        if breakdowns and (set(breakdowns) != known or not min(breakdowns.values())):
            text = _("A breakdown has mean_between_s and mean_repair_s, both above 0.")
            raise forms.ValidationError(text)


def between(least: int, most: int, **words: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=least, max_value=most, **words)


def refuse_unknown(names: Iterable[str], known: frozenset[str]) -> None:
    """Refuse a name that nothing has; where nothing is known yet, all may be meant."""
    unknown = sorted(set(names) - known) if known else []
    if unknown:
        text = _("There is no “%(name)s” here; there are %(known)s.")
        values = {"name": unknown[0], "known": ", ".join(sorted(known))}
        raise forms.ValidationError(text % values)
