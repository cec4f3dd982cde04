"""Where the advice turns and where nothing turns it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.money import decimal
from production.documents.advice_chart import NOTHING

FULL = 10_000
TIMES = "\N{MULTIPLICATION SIGN}"

Names = Mapping[str, str]
Found = Mapping[str, Any]


def write_turn(turn: Found, names: Names, found: Found) -> str:
    """Say between which places the advice changes."""
    values = _between(turn, found) | {
        "before": names.get(turn["from_method"], NOTHING),
        "after": names.get(turn["to_method"], NOTHING),
    }
    texts = {
        "setup": _(
            "With set-ups %(low)s to %(high)s as long (%(from)s to %(to)s pieces): "
            "from %(before)s to %(after)s."
        ),
        "volume": _(
            "With orders %(low)s to %(high)s as large: from %(before)s to %(after)s."
        ),
        "density": _(
            "With %(low)s to %(high)s as many orders a day: from %(before)s to "
            "%(after)s."
        ),
        "variety": _(
            "Between %(low)s and %(high)s variants: from %(before)s to %(after)s."
        ),
    }
    text = texts[turn["by"]] % values
    if turn["is_late"]:
        text += " " + _("There more than half of the orders are late all the same.")
    return text


def write_steady(steady: Found, names: Names, found: Found) -> str:
    """Say how far nothing turns the advice, where another comes closest, and why."""
    if steady["by"] == "setup" and not found["setup_ratio_milli"]:
        return _(
            "As these orders came, none needed a set-up after the one before it: "
            "nothing turns by its length."
        )
    values = _between(steady, found) | {"best": names.get(steady["method"], NOTHING)}
    texts = {
        "setup": _("With set-ups from %(low)s to %(high)s as long: always %(best)s."),
        "volume": _("With orders from %(low)s to %(high)s as large: always %(best)s."),
        "density": _("With %(low)s to %(high)s as many orders a day: always %(best)s."),
        "variety": _("From %(low)s to %(high)s variants: always %(best)s."),
    }
    told = [texts[steady["by"]] % values, _closest(steady, names)]
    if steady["by"] == "setup" and steady["method"] == "BATCH" and found["load_pieces"]:
        text = _(
            "A load takes as long for one piece as for %(n)s, without set-ups too."
        )
        told.append(text % {"n": decimal(found["load_pieces"])})
    if steady["is_late_above"]:
        text = _("At %(high)s more than half of the orders are late whoever is next.")
        told.append(text % values)
    return " ".join(each for each in told if each)


def _closest(steady: Found, names: Names) -> str:
    if not steady["rival"]:
        return _("No other method can make it.")
    at = steady["closest"]
    values = {
        "rival": names.get(steady["rival"], NOTHING),
        "at": decimal(at) if steady["by"] == "variety" else write_times(at),
        "why": "; ".join(steady["why"]),
    }
    if steady["is_as_good"] or not steady["why"]:
        return _("%(rival)s comes closest, at %(at)s, and is as good there.") % values
    return _("%(rival)s comes closest, at %(at)s; even there %(why)s.") % values


def _between(place: Found, found: Found) -> dict[str, str]:
    low, high = place["from_value"], place["to_value"]
    if place["by"] == "variety":
        return {"low": decimal(low), "high": decimal(high)}
    ratio = found["setup_ratio_milli"]
    return {
        "low": write_times(low),
        "high": write_times(high),
        "from": write_ratio(ratio * low // FULL),
        "to": write_ratio(ratio * high // FULL),
    }


def write_swept(found: Found) -> str:
    """Say which orders turns and charts stand on, where they are not all of them."""
    texts = []
    if found["swept"] < found["swept_of"]:
        text = _(
            "What turns it, and its charts, stand on the latest %(n)s of all %(all)s "
            "orders over this machine."
        )
        values = {"n": decimal(found["swept"]), "all": decimal(found["swept_of"])}
        texts.append(text % values)
    n_left = found["left_at_sparsest"]
    if n_left < found["swept"]:
        text = ngettext(
            "Where fewer come a day some are left out: at %(at)s %(n)s is left.",
            "Where fewer come a day some are left out: at %(at)s %(n)s are left.",
            n_left,
        )
        at = write_times(found["sparsest_bp"])
        texts.append(text % {"at": at, "n": decimal(n_left)})
    return " ".join(texts)


def write_times(factor_bp: int) -> str:
    """Write a factor as so many times, or as a part of one."""
    if 0 < factor_bp < FULL:
        return f"1/{round(FULL / factor_bp)}{TIMES}"
    return f"{factor_bp / FULL:.3g}{TIMES}"


def write_ratio(milli: int) -> str:
    """Write a number of pieces from its thousandths, in two digits."""
    value = milli / 1000
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
