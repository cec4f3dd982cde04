"""The demo factory: whatever a routing names is there, and the lines can keep up."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from configurator.engine.formats.release_json import read_release
from configurator.engine.rules import names_of, parse
from production import demo

FOLDER = Path(demo.__file__).parent
NET_HOURS = {
    "ATELIER": 8.0,
    "BAKE": 7.5,
    "TWO": 15.0,
    "TWO-PORT": 15.0,
    "CAR": 7.5,
    "NIGHT": 15.0,
}


@cache
def factory() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "factory.json").read_text("utf-8"))
    return found


@cache
def documents() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((FOLDER / "products").glob("*.json"))
    }


def steps() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for slug, document in documents().items():
        for routing in document["routings"]:
            for step in routing["steps"]:
                yield slug, routing, step


def codes(key: str, field: str = "code") -> set[str]:
    return {each[field] for each in factory()[key]}


@pytest.mark.parametrize(
    "key",
    ["sites", "calendars", "skills", "work_centres", "lines", "operators"],
)
def test_codes_are_not_given_twice(key: str) -> None:
    found = [each["code"] for each in factory()[key]]

    assert len(found) == len(set(found))


def test_every_step_happens_at_a_known_place() -> None:
    known = codes("work_centres")

    unknown = {
        (slug, step["code"], step["work_centre"])
        for slug, _, step in steps()
        if step["work_centre"] is not None and step["work_centre"] not in known
    }

    assert unknown == set()


def test_places_name_what_exists() -> None:
    for each in factory()["work_centres"]:
        assert each["calendar"] in codes("calendars"), each["code"]
        assert each["site"] in codes("sites"), each["code"]
        assert each["class"] in codes("work_centre_classes"), each["code"]
        assert each["skill"] is None or each["skill"] in codes("skills"), each["code"]
        assert set(each["tended_with"]) <= codes("work_centres"), each["code"]


def test_somebody_has_every_skill_that_is_asked_for() -> None:
    held = {skill["code"] for who in factory()["operators"] for skill in who["skills"]}
    asked = {step.get("skill") for _, _, step in steps()} - {None}
    signed = {rule["signature_skill"] for rule in factory()["setup_rules"]} - {None}

    assert (asked | signed) - held == set()
    assert held <= codes("skills")


def test_the_deliberate_scarcity_is_there() -> None:
    for scarce in ("MEASURE", "BREW", "OFFSET"):
        able = [
            who["code"]
            for who in factory()["operators"]
            if scarce in {skill["code"] for skill in who["skills"]}
        ]
        assert len(able) == 1, scarce


def test_people_have_their_own_badge_and_pin() -> None:
    people = factory()["operators"]

    assert [who["code"] for who in people] == [f"W{n:02}" for n in range(1, 19)]
    assert len({who["badge"] for who in people}) == 18
    assert len({who["pin"] for who in people}) == 18


def test_every_matrix_that_a_step_uses_ends_in_a_catch_all() -> None:
    used = {(step.get("setup") or {}).get("matrix") for _, _, step in steps()} - {None}
    rows: dict[str, list[dict[str, Any]]] = {}
    for rule in sorted(factory()["setup_rules"], key=lambda rule: rule["sequence"]):
        rows.setdefault(rule["matrix"], []).append(rule)

    assert used <= rows.keys()
    conditions = ("when_from", "when_to", "same", "differ", "rises", "falls", "adds")
    for matrix, found in rows.items():
        catch_all = [not any(row[name] for name in conditions) for row in found]
        assert catch_all == [False] * (len(found) - 1) + [True], matrix


def test_a_matrix_looks_only_at_attributes_that_its_steps_hand_it() -> None:
    looked: dict[str, set[str]] = {}
    for rule in factory()["setup_rules"]:
        names = {*rule["when_from"], *rule["when_to"]}
        for key in ("same", "differ", "rises", "falls"):
            names |= set(rule[key])
        looked.setdefault(rule["matrix"], set()).update(names)

    handed: dict[str, set[str]] = {}
    for _, _, step in steps():
        setup = step.get("setup") or {}
        if setup.get("matrix"):
            handed.setdefault(setup["matrix"], set()).update(setup["uses"])

    assert {m: looked[m] - names for m, names in handed.items()} == {
        matrix: set() for matrix in handed
    }


def test_a_line_has_the_stations_of_the_routing_that_runs_on_it() -> None:
    stations = {
        line["code"]: [each["code"] for each in line["stations"]]
        for line in factory()["lines"]
    }
    for slug, document in documents().items():
        for routing in document["routings"]:
            if routing["line"]:
                on_line = [s["station"] for s in routing["steps"] if "station" in s]
                assert on_line == stations[routing["line"]], slug


def test_the_conditions_of_lines_are_about_what_the_product_has() -> None:
    products = {
        line["code"]: line["products"][0]
        for line in factory()["lines"]
        if line["kind"] == "FLEXIBLE"
    }
    for rule in factory()["sequence_rules"]:
        document = dict(documents()[products[rule["line"]]])
        document["rules"] = [{"code": "PROBE", "text": rule["when"]}]
        read_release(document)
    for line in factory()["lines"]:
        for station in line["stations"]:
            for extra in station.get("extras", ()):
                assert names_of(parse(extra["when"])) != frozenset()


def test_a_ratio_keeps_its_station_at_or_under_takt() -> None:
    stations = {
        (line["code"], each["code"]): (line["takt_ms"], each)
        for line in factory()["lines"]
        for each in line["stations"]
    }
    for rule in factory()["sequence_rules"]:
        takt_ms, station = stations[rule["line"], rule["station"]]
        mean_s = _mean_s(rule, station)
        assert mean_s * 1000 <= takt_ms, (rule["code"], mean_s)


def _mean_s(rule: dict[str, Any], station: dict[str, Any]) -> float:
    """Mean seconds of a station at the densest mix that the ratio allows."""
    if station["code"] == "DTG":
        light, dark = 180 * 0.6, 270 * 0.4
        at_four: float = (light + dark) * (1 + rule["p"] / rule["q"]) / 4
        return at_four
    extra = {each["when"]: each["seconds"] for each in station["extras"]}
    mean: float = station["base_s"] + extra[rule["when"]] * rule["p"] / rule["q"]
    n_places: int = station["places"]
    return mean / n_places


def test_every_material_is_a_stock_item_in_the_same_unit() -> None:
    units = {item["code"]: item["unit"] for item in factory()["stock_items"]}
    named = {
        (line["material"], line["unit"])
        for document in documents().values()
        for line in document["materials"]
    }
    named |= {
        (made["material"], made["unit"])
        for _, _, step in steps()
        for made in step.get("by_products", ())
    }

    assert {(code, unit) for code, unit in named if units.get(code) != unit} == set()


def test_standard_goods_are_replenished_in_whole_pallets() -> None:
    found = {
        item["code"]: (item["reorder_point"], item["run_size"], item["maximum"])
        for item in factory()["stock_items"]
        if item["kind"] == "GOODS"
    }

    assert found == {
        "JUICE-APPLE": (25_200, 18_000, 60_000),
        "JUICE-ORANGE": (21_600, 15_840, 60_000),
        "JUICE-GRAPE": (12_600, 9_360, 60_000),
    }
    assert [run % 720 for _, run, _ in found.values()] == [0, 0, 0]


def test_flow_lines_never_wait_for_what_a_supplier_brings_in_time() -> None:
    """A run of a day begins with all it needs, and the next ones until more comes."""
    items = {item["code"]: item for item in factory()["stock_items"]}
    per_day: Counter[str] = Counter()
    for line in factory()["lines"]:
        if line["kind"] != "FLOW":
            continue
        (slug,) = line["products"]
        pieces = documents()[slug]["pieces"]["count"]
        for need in documents()[slug]["materials"]:
            per_piece = need["quantity"] / (pieces if need["basis"] == "UNIT" else 1)
            bottles = items[line["stock_item"]]["run_size"]
            per_day[need["material"]] += math.ceil(per_piece * bottles)

    assert {
        code
        for code, used in per_day.items()
        if items[code]["reorder_point"] < used * (items[code]["lead_days"] + 1)
    } == set()


@pytest.mark.parametrize(("code", "hours"), NET_HOURS.items())
def test_a_calendar_has_its_net_hours_on_a_working_day(code: str, hours: float) -> None:
    calendar = next(each for each in factory()["calendars"] if each["code"] == code)
    shifts = [s for s in calendar["shifts"] if 0 in s["weekdays"] and s["running"]]

    net = sum((_net(shift) for shift in shifts), timedelta())

    assert ZoneInfo(calendar["zone"]).key == calendar["zone"]
    assert net == timedelta(hours=hours)


def _net(shift: dict[str, Any]) -> timedelta:
    pauses = sum((_span(*pause) for pause in shift["breaks"]), timedelta())
    return _span(shift["starts"], shift["ends"]) - pauses


def _span(start: str, end: str) -> timedelta:
    begun = datetime.strptime(start, "%H:%M")  # noqa: DTZ007 -- a time of day
    ended = datetime.strptime(end, "%H:%M")  # noqa: DTZ007 -- a time of day
    return (ended - begun) % timedelta(days=1)


def test_a_standing_order_can_be_baked() -> None:
    for order in factory()["standing_orders"]:
        document = documents()[order["product"]]
        product = read_release(document)
        assert product.quantity.admits(order["quantity"])
        assert set(order["choices"]) == set(product.by_code)
        assert order["delivery"] in document["deliveries"]


def test_demo_accounts_cover_every_role() -> None:
    accounts = json.loads((FOLDER / "accounts.json").read_text("utf-8"))["accounts"]

    groups = {group for each in accounts for group in each["groups"]}
    assert groups == {"catalogue admin", "planner", "staff", "operator"}
    assert len({each["username"] for each in accounts}) == len(accounts)
    assert sum(not each["groups"] for each in accounts) == 2
    badges = {each["operator"] for each in accounts} - {None}
    assert badges <= codes("operators")
