"""What the advisor says of the demo factory's products, and what turns it.

The direction of each verdict follows from the release documents and the factory's
figures; none of them is written down anywhere in the product.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from production.engine.advice import CLOSE, Advice, Weights, advise
from production.engine.case import FOUR_PLANTS, NO_SETUP, SAME_EQUIPMENT, Case
from production.engine.changeover import SetupMatrix
from production.engine.demand import SetupRule
from production.engine.leading import find_leading_rule
from production.engine.reasons import Reason
from production.engine.sweeps import at_density, sweep
from production.engine.what_if import with_matrix
from production.selectors.plant import Plant, read_plant
from production.selectors.routings import compare_routings
from production.services.factory import load_factory
from tests.production.demo.walks import default_point
from tests.production.verdicts import (
    DAY,
    MONDAY,
    again,
    demand,
    make_lines,
    read_factory,
    read_product,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EVENING = MONDAY - 10 * HOUR  # all of it is known when the shift begins
COST_FIRST = Weights(lead=1, cost=3, tardiness=1, waste=1, energy=1)
MIXES = {
    "t-shirt": {
        "decoration": {"NONE": 5, "PRINT": 70, "TRANSFER": 10, "EMBROIDERY": 15},
        "_texts": {"name": 30},
    },
    "sneaker": {
        "stitching": {"MATCH": 66, "CONTRAST": 34},
        "sole": {"WHITE": 40, "BLACK": 33, "GUM": 27},
        "model": {"LOW": 60, "HIGH": 40},
        "_texts": {"monogram": 40},
    },
    "car": {
        "roof": {"STEEL": 50, "BLACK": 22, "SUNROOF": 28},
        "tow": {"NONE": 65, "FIXED": 20, "SWIVEL": 15},
        "engine": {"P110": 28, "P150": 30, "HYBRID": 24, "EV": 18},
        "seats": {"CLOTH": 45, "LEATHER": 55},
        "drive": {"FWD": 62, "AWD": 38},
        "colour": dict(
            zip(
                ("TWOTONE", "WHITE", "BLACK", "RED", "BLUE", "SILVER", "PINE"),
                (12, 18, 16, 10, 12, 14, 10),
                strict=True,
            )
        ),
    },
}


KEPT: list[Plant] = []
BAKERIES: dict[int, Case] = {}


@pytest.fixture
def plant(db) -> Plant:
    """The demo factory's plant; stock is made in the runs of its document."""
    if not KEPT:
        factory = read_factory()
        load_factory(document=factory, now=MONDAY)
        runs = {
            each.get("product"): each["run_size"] for each in factory["stock_items"]
        }
        KEPT.append(replace(read_plant(), run_sizes=runs))
    return KEPT[0]


def bakery(plant: Plant, share: int = 1) -> Case:
    """A day of small orders for one oven: cookies, muffins, croissants."""
    if share in BAKERIES:
        return BAKERIES[share]
    due = 20 * HOUR
    cookies = make_lines("cookies", n=140 // share, due=due)
    muffins = make_lines("muffins", n=80 // share, first_key=1_000, due=due)
    rolls = make_lines(
        "croissants", n=30 // share, quantity=45, first_key=2_000, due=due
    )
    BAKERIES[share] = demand(plant, cookies, others=[*muffins, *rolls]).case
    return BAKERIES[share]


def shirts(plant: Plant, n: int = 420) -> Case:
    mix = MIXES["t-shirt"]
    return demand(plant, make_lines("t-shirt", n=n, mix=mix, due=2 * DAY)).case


def sneakers(plant: Plant, n: int = 290) -> Case:
    lines = make_lines(
        "sneaker", n=n, mix=MIXES["sneaker"], begin=EVENING, within=8 * HOUR
    )
    return demand(plant, lines).case


def cars(plant: Plant) -> Case:
    lines = make_lines("car", n=45, mix=MIXES["car"], begin=EVENING, within=8 * HOUR)
    return demand(plant, lines).case


def flyers(plant: Plant) -> Case:
    mix = {"size": {"A6": 1}, "speed": {"STANDARD": 1}}
    return demand(plant, make_lines("flyers", n=90, quantity=500, mix=mix)).case


def juice(plant: Plant, fruit: str, *, orders: int, bottles: int) -> Case:
    cases = max(1, bottles // orders // 6)
    lines = make_lines(f"juice-{fruit}", n=orders, quantity=cases, within=DAY, due=DAY)
    return demand(plant, lines).case


def reasons_of(found: Advice) -> dict[str, Reason]:
    return {each.method: each.because for each in found.ruled_out}


def ahead(leading: Reason) -> int:
    """Say by how many points colour runs save more than ratios."""
    return int(leading.values["colour"]) - int(leading.values["ratio"])


def designed(slug: str, plant: Plant, **choices):
    """Compare the routings of one design of a product."""
    definition = read_product(slug)
    base = default_point(definition).choices
    found = compare_routings(definition, {**base, **choices}, plant=plant)
    assert found is not None
    return {(each["route"], each["instead_of"]): each for each in found["break_evens"]}


def test_small_orders_share_the_oven_since_a_change_costs_hundreds_of_cookies(plant):
    case = bakery(plant)

    found = advise(case)

    assert found.method == "BATCH"
    assert case.mean_change_s * 1000 // (case.equipment.load_run_ms // 432) > 100
    outcomes = {row.method: row.outcome for row in found.ranked}
    assert outcomes["BATCH"].change_s * 2 < outcomes["JOB"].change_s
    assert outcomes["BATCH"].cost_minor < outcomes["JOB"].cost_minor
    assert reasons_of(found)["FLOW"].code == "OUT_NOT_STANDARD"


def test_one_recipe_for_full_loads_all_day_turns_the_oven_to_flow(plant):
    one = bakery(plant, share=4).with_variants(1)

    full = advise(one.with_volume(40_000))

    assert full.method == "FLOW"
    assert advise(bakery(plant, share=4)).method == "BATCH"


def test_where_hardly_any_orders_come_order_by_order_is_as_good_as_loads(plant):
    case = bakery(plant).with_latest(120)

    points = sweep(partial(at_density, case), (2_500, 10_000), below=(625, 156, 39))
    no_setup, *_rest = sweep(case.with_setup, (0, 10_000))

    today, fewest = points[-1], points[0]
    assert (today.method, today.rival, fewest.value) == ("BATCH", "JOB", 39)
    assert today.gap > 200
    assert fewest.gap <= CLOSE
    # An oven takes as long for one as for all: what shares it needs no set-up to win.
    assert no_setup.method == "BATCH"
    assert no_setup.gap > 200


def test_shirts_go_one_by_one_as_there_is_no_set_up_to_save(plant):
    found = advise(shirts(plant))

    assert found.method == "MASS_CUSTOMISATION"
    outcomes = {row.method: row.outcome for row in found.ranked}
    assert outcomes["MASS_CUSTOMISATION"].lead_s < outcomes["BATCH"].lead_s // 4
    assert reasons_of(found)["FLOW"].code == "OUT_PERSONAL"
    assert reasons_of(found)["JOB"].code == "OUT_TOO_MANY"


@pytest.mark.parametrize(
    ("colour", "by_time", "by_cost"),
    [("WHITE", 20, 56), ("NAVY", 20, 28)],
    ids=["light", "dark"],
)
def test_screens_pay_from_some_twenty_shirts_by_time_and_later_by_cost(
    plant, colour, by_time, by_cost
):
    print_on = {"decoration": "PRINT", "place": "FRONT", "design": "FOX"}

    found = designed("t-shirt", plant, colour=colour, **print_on)
    pays = found["SCREEN", "DTG"]

    assert abs(pays["by_time"] - by_time) <= 5
    assert abs(pays["by_cost"] - by_cost) <= 6
    assert pays["by_time"] < pays["by_cost"]


def test_dearer_screens_and_cheaper_ink_turn_the_routing(plant):
    print_on = {"decoration": "PRINT", "place": "FRONT", "design": "FOX"}
    dear = replace(plant, waste_milli={**plant.waste_milli, "screens": 6_000_000})
    no_ink = {**plant.material_milli, "INK-CMYK": 0, "INK-WHITE": 0}
    cheap = replace(plant, material_milli=no_ink)

    usual, late, later = (
        designed("t-shirt", each, colour="NAVY", **print_on)["SCREEN", "DTG"]
        for each in (plant, dear, cheap)
    )

    assert usual["by_cost"] * 2 < late["by_cost"]
    assert usual["by_cost"] * 3 < later["by_cost"] * 2
    assert usual["by_time"] == late["by_time"] == later["by_time"]


def test_a_club_order_is_a_batch_and_then_one_by_one_and_without_names_only_a_batch(
    plant,
):
    print_on = {"design": "CREST", "place": "FRONT", "colour": "NAVY"}
    mix = {name: {option: 1} for name, option in print_on.items()}
    mix |= {"decoration": {"SCREEN": 1}}
    club, nameless = (
        make_lines("t-shirt", n=1, quantity=60, mix={**mix, "_texts": {"name": share}})
        for share in (100, 0)
    )
    found = designed("t-shirt", plant, decoration="PRINT", **print_on)
    pays = found["SCREEN", "DTG"]

    steps = {step.code: step for step in club[0].manufacture.steps}
    plain = {step.code: step for step in nameless[0].manufacture.steps}
    assert club[0].manufacture.method == "BATCH"
    assert steps["SCREEN"].batch_key
    assert steps["NAME"].decoupling_point
    assert steps["NAME"].batch is None
    assert nameless[0].manufacture.method == "BATCH"
    assert plain["SCREEN"].batch_key == steps["SCREEN"].batch_key
    assert plain.keys() == steps.keys() - {"NAME"}
    assert max(pays["by_time"], pays["by_cost"]) <= 60


@pytest.mark.parametrize(
    ("speed", "routing"), [("STANDARD", "GANG"), ("EXPRESS", "DIGITAL")]
)
def test_flyers_in_a_hurry_are_printed_digitally_and_wait_for_no_sheet(speed, routing):
    mix = {"size": {"A6": 1}, "finish": {"NONE": 1}, "speed": {speed: 1}}

    (line,) = make_lines("flyers", n=1, quantity=500, mix=mix)

    assert line.manufacture.routing_code == routing
    waits = any(step.batch for step in line.manufacture.steps if step.code == "PRINT")
    assert waits == (routing == "GANG")


def test_flyers_share_plates_until_few_or_so_many_that_they_fill_a_sheet(plant):
    found = designed(
        "flyers",
        plant,
        size="A6",
        stock="G135",
        sides="S4_4",
        finish="NONE",
        fold="NONE",
        speed="STANDARD",
    )

    assert abs(found["GANG", "DIGITAL"]["by_cost"] - 270) <= 60
    assert abs(found["GANG_ALONE", "DIGITAL"]["by_cost"] - 5_000) <= 1_000


def test_gang_runs_win_as_sixteen_customers_share_eight_plates(plant):
    case = flyers(plant)

    found = advise(case)

    assert found.method == "BATCH"
    outcomes = {row.method: row.outcome for row in found.ranked}
    assert outcomes["BATCH"].waste_minor * 4 < outcomes["JOB"].waste_minor

    quickly = Weights(lead=1, cost=0, tardiness=0, waste=0, energy=0)
    assert advise(case, weights=quickly).method == "BATCH"
    no_set_up = with_matrix(case, matrix=NO_SETUP)
    assert advise(no_set_up, weights=quickly).method != "BATCH"


def test_sneakers_go_one_by_one_in_runs_of_a_sole_colour(plant):
    case = sneakers(plant, n=45)
    same = SAME_EQUIPMENT["MASS_CUSTOMISATION"]

    purged = find_leading_rule(case, plant=same)
    hardly = find_leading_rule(case.with_setup(1_000), plant=same)

    for plants in (SAME_EQUIPMENT, FOUR_PLANTS):
        assert advise(case, plants=plants).method == "MASS_CUSTOMISATION"
    assert purged is not None
    assert hardly is not None
    assert purged.code == "LEADS_COLOUR"
    # Where a purge takes 24 s, runs of a colour save no more than the ratios do.
    assert ahead(purged) > 20
    assert ahead(hardly) <= 2


def test_cars_go_one_by_one_and_ratio_rules_lead_until_paint_is_dear(plant):
    case = cars(plant)
    mixed = FOUR_PLANTS["MASS_CUSTOMISATION"]
    dear = {**plant.waste_milli, "paint_ml": 20_000}
    painted = replace(case, rates=replace(case.rates, waste_milli=dear))

    cheap_paint = find_leading_rule(case, plant=mixed)
    dear_paint = find_leading_rule(painted, plant=mixed)

    today = advise(case)
    assert today.method == "MASS_CUSTOMISATION"
    assert reasons_of(today)["FLOW"].code == "OUT_NOT_STANDARD"
    assert advise(case, plants=FOUR_PLANTS).method == "MASS_CUSTOMISATION"
    assert cheap_paint is not None
    assert dear_paint is not None
    assert cheap_paint.code == "LEADS_RATIO"
    assert dear_paint.code == "LEADS_COLOUR"


def test_cars_that_were_ordered_all_alike_turn_to_flow(plant):
    (car,) = make_lines("car", n=1, begin=EVENING)

    ordered = demand(plant, again(car, 45)).case

    assert ordered == ordered.with_variants(1)
    assert advise(ordered, plants=FOUR_PLANTS).method == "FLOW"


@pytest.mark.parametrize(
    ("fruit", "bottles"), [("apple", 16_800), ("orange", 14_400), ("grape", 8_400)]
)
def test_each_fruit_flows_and_if_cost_comes_first_only_while_it_fills_enough_of_a_line(
    plant, fruit, bottles
):
    case = juice(plant, fruit, orders=60, bottles=bottles)
    little = case.with_volume(1_500)

    full = advise(case, weights=COST_FIRST)

    assert full.method == "FLOW"
    assert reasons_of(full)["JOB"].code == "OUT_TOO_MANY"
    assert advise(little, weights=COST_FIRST).method == "BATCH"
    # As goals usually count, what lies ready at once is worth a line of its own.
    assert advise(little).method == "FLOW"


@pytest.mark.parametrize(("slug", "n"), [("suit", 3), ("table", 5), ("logo", 4)])
def test_what_is_drawn_for_one_customer_is_a_job(plant, slug, n):
    found = advise(
        demand(plant, make_lines(slug, n=n, within=5 * DAY, due=35 * DAY)).case
    )

    assert found.method == "JOB"
    assert found.reasons[0].code == "ADVICE_ONLY"
    assert reasons_of(found)["BATCH"].code == "OUT_BESPOKE"


def test_equal_tables_turn_to_batch_once_grouped_and_where_a_set_up_takes_an_hour(
    plant,
):
    (table,) = make_lines("table", n=1, due=35 * DAY)
    programme = SetupRule("PROGRAMME", internal_s=3_600)

    at_once = demand(plant, again(table, 20)).case
    set_up = with_matrix(at_once, matrix=SetupMatrix("EACH", (programme,)))
    grouped = replace(set_up.profile, has_batch_key=True)

    assert advise(replace(set_up, profile=grouped)).method == "BATCH"
    assert advise(replace(at_once, profile=grouped)).method == "JOB"
    today = advise(set_up)
    assert today.method == "JOB"
    lacks = {row.method: row.lacks for row in today.ranked}
    assert lacks["BATCH"] == Reason("OUT_NO_KEY")
    scores = {row.method: row.score for row in today.ranked}
    assert scores["BATCH"] < scores["JOB"]
