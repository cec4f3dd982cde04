"""The advisor's page asks, waits, and shows all four methods with their reasons."""

import json
from dataclasses import asdict
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.utils import timezone

from configurator.models import CatalogueRelease
from production.documents.advice import write_answer
from production.documents.advice_chart import draw_chart
from production.documents.advice_turns import TIMES, write_steady, write_swept
from production.models import SetupRule
from production.selectors.advice import METHODS, Question, get_advice
from production.selectors.advising import AdviceError
from production.services import advising
from production.services.advising import claim_advice
from production.services.release import release_confirmed_orders
from production.tasks import advise
from production.views.advice import read_question
from tests.factories.access import make_user
from tests.factories.production import batch_order, make_places, publish

pytestmark = pytest.mark.django_db
PRODUCT = "shirt"
PAGE = f"/floor/advice/?product={PRODUCT}"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def made(now):
    """Three orders with their work orders."""
    make_places()
    release = publish()
    for quantity, colour in ((24, "NAVY"), (48, "WHITE"), (30, "NAVY")):
        batch_order(release, quantity, choices={"colour": colour})
    release_confirmed_orders(now=now)


@pytest.fixture
def planner(client):
    user = make_user("planner")
    user.groups.add(Group.objects.get_or_create(name="planner")[0])
    client.force_login(user)
    return client


def test_every_method_is_ranked_or_ruled_out_with_a_reason(made, now):
    told = []
    found = get_advice(
        question=Question(product=PRODUCT),
        now=now,
        sweeps=True,
        on_progress=lambda done, total: told.append((done, total)),
    )

    rows = [*found["methods"], *found["ruled_out"]]
    assert sorted(row["method"] for row in rows) == sorted(METHODS)
    assert found["orders"] == 3
    assert found["reasons"]
    assert all(row["because"] for row in found["ruled_out"])
    assert [point["setup_bp"] for point in found["by_setup"]][::4] == [
        625,
        10_000,
        160_000,
    ]
    assert told[-1] == (len(told), len(told))


def test_today_is_marked_among_the_variants_of_the_orders_that_are_swept(
    made, now, monkeypatch
):
    monkeypatch.setattr("production.selectors.advice.MOST_SWEPT", 2)
    batch_order(CatalogueRelease.objects.get(), 36, choices={"colour": "NAVY"})

    found = get_advice(question=Question(product=PRODUCT), now=now, sweeps=True)

    chart = write_answer(found)["charts"][-1]
    assert found["variants"] == 2
    assert [(each["label"], each["is_now"]) for each in chart["ticks"]] == [
        ("1", True),
        ("2", False),
    ]


def test_the_page_and_the_command_say_which_orders_the_charts_stand_on(
    made, planner, monkeypatch
):
    monkeypatch.setattr("production.selectors.advice.MOST_SWEPT", 2)
    out = StringIO()

    advise(question=asdict(Question(product=PRODUCT)))
    page = planner.get(PAGE).content.decode()
    call_command("advise", "--product", PRODUCT, stdout=out)

    told = (
        "What turns it, and its charts, stand on the latest 2 of all 3 orders over "
        "this machine."
    )
    assert told in page
    assert told in out.getvalue().splitlines()


def test_of_fewer_orders_a_day_it_is_said_how_many_are_left():
    found = {"swept": 150, "swept_of": 150, "sparsest_bp": 625, "left_at_sparsest": 9}

    few = write_swept(found)
    all_of_them = write_swept({**found, "left_at_sparsest": 150})

    told = "Where fewer come a day some are left out: at 1/16x 9 are left."
    assert few.replace(TIMES, "x") == told
    assert all_of_them == ""


def test_the_sliders_scale_demand_and_set_ups(made, now):
    def ask(**changes):
        question = Question(product=PRODUCT, **changes)
        return get_advice(question=question, now=now, sweeps=False)

    usual = ask()

    assert ask(demand_bp=40_000)["pieces"] == 4 * usual["pieces"]
    assert [row["change_s"] for row in ask(setup_bp=0)["methods"]] == [
        0 for _ in usual["methods"]
    ]


def test_the_page_waits_for_the_worker_and_then_shows_the_answer(made, now, planner):
    question = Question(product=PRODUCT)

    waiting = planner.get(PAGE).content.decode()
    assert 'hx-trigger="load delay:1s"' in waiting
    assert not claim_advice(question=question), "it is asked for once"

    advise(question=asdict(question))
    answered = planner.get(PAGE).content.decode()

    assert "fits best" in answered
    assert 'hx-trigger="load' not in answered
    for name in ("Job", "Batch", "Flow", "Mass customisation"):
        assert name in answered
    for drawn in ("By set-up", "By volume", "By number of orders", "As a table"):
        assert drawn in answered
    table = answered[answered.index("advice-table") : answered.index("advice-turns")]
    assert 'class="advice-out">Flow <span' in table
    assert 'data-of="Flow">Flow makes standard articles only' in table
    assert "Flow <span>(ruled out today, drawn where it is not)" in answered


def test_the_page_says_how_far_the_simulations_are(made, now, planner):
    question = Question(product=PRODUCT)
    claim_advice(question=question)

    cache.set(f"{advising._key(question)}:progress", (7, 20), 60)
    waiting = planner.get(PAGE).content.decode()

    assert '<progress max="20" value="7"' in waiting
    assert "7 of 20 simulations" in waiting


def test_sliders_matrix_and_plants_are_asked_without_scripts(made, now, planner):
    asked = "&comparison=four&setup=50&auto=40&shifts=150&demand=200&cost=5"

    page = planner.get(f"{PAGE}{asked}").content.decode()
    question = read_question(QueryDict(asked), PRODUCT)
    advise(question=asdict(question))
    answered = planner.get(f"{PAGE}{asked}").content.decode()

    assert (question.setup_bp, question.automation_bp) == (5_000, 4_000)
    assert (question.shifts_bp, question.demand_bp) == (15_000, 20_000)
    assert question.weights["cost"] == 5
    assert 'name="auto" min="0" max="100" step="5" value="40"' in page
    assert "Four plants, each built for its method" in answered
    assert "What sets the four plants apart" in answered


def test_advice_from_one_order_says_that_it_is_too_little(now, planner):
    make_places()
    batch_order(publish(), 24)
    question = Question(product=PRODUCT)
    advise(question=asdict(question))

    from_one = planner.get(PAGE).content.decode()
    for _index in range(2):
        batch_order(CatalogueRelease.objects.get(), 24)
    advise(question=asdict(question))
    from_three = planner.get(PAGE).content.decode()

    assert "1 order, 24 pieces, judged at" in from_one
    assert "The latest 60 were asked for; only 1 is confirmed so far." in from_one
    assert "Fewer than 3 orders" in from_one
    assert "3 orders, 72 pieces, judged at" in from_three
    assert "Fewer than" not in from_three


def test_the_page_opens_on_what_was_ordered_last_and_calls_it_by_its_name(now, planner):
    make_places()
    batch_order(publish(product="zebra", name={"en": "Zebra shirt"}), 24)
    publish(product="apron", name={"en": "Kitchen apron"})

    opened = planner.get("/floor/advice/").content.decode()
    advise(question=asdict(Question(product="apron")))
    never_made = planner.get("/floor/advice/?product=apron").content.decode()

    assert '<option value="zebra" selected>' in opened
    assert "No order of “Kitchen apron” has been made here yet." in never_made


def test_a_matrix_that_does_not_exist_is_named(made, now):
    with pytest.raises(AdviceError, match="no set-up matrix “GHOST”"):
        get_advice(
            question=Question(product=PRODUCT, matrix="GHOST"), now=now, sweeps=False
        )


def test_a_product_that_was_never_made_is_told_so(made, now, planner):
    question = Question(product="nothing")

    advise(question=asdict(question))
    page = planner.get("/floor/advice/?product=nothing").content.decode()

    assert "No order of “nothing” has been made here yet." in page


@pytest.mark.parametrize(
    "odd", ["orders=0", "orders=x", "setup=-1", "lead=9", "comparison=best", "demand=0"]
)
def test_an_odd_question_is_refused_by_name(made, planner, odd):
    answer = planner.get(f"{PAGE}&{odd}")

    assert answer.status_code == 400
    assert odd.partition("=")[0] in answer.content.decode()


def test_goals_that_all_count_nothing_are_refused():
    with pytest.raises(AdviceError, match="At least one goal"):
        Question(product=PRODUCT, weights={"lead": 0})


def test_an_answer_stays_while_orders_come_and_is_worked_out_again_on_request(
    made, now, planner
):
    question = Question(product=PRODUCT)
    advise(question=asdict(question))

    fresh = planner.get(PAGE).content.decode()
    batch_order(CatalogueRelease.objects.get(), 12)
    older = planner.get(PAGE).content.decode()
    again = planner.post(PAGE)

    assert "Worked out" in fresh
    assert ("come since" in fresh, "come since" in older) == (False, True)
    assert (again.status_code, again["Location"]) == (302, PAGE)
    assert 'hx-trigger="load' in planner.get(PAGE).content.decode()


def test_figures_of_the_plant_that_change_ask_for_new_advice(made, now):
    question = Question(product=PRODUCT)
    advise(question=asdict(question))
    assert advising.find_advice(question=question)

    SetupRule.objects.create(matrix="SLOW", sequence=10, code="ANY", internal_s=600)

    assert advising.find_advice(question=question) is None


def test_the_command_writes_what_a_person_reads(made):
    out = StringIO()

    call_command("advise", "--product", PRODUCT, "--from-orders", "2", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[0].startswith("shirt: 2 orders, ")
    assert any(line.endswith(" fits best") for line in lines)
    assert "asked for" not in out.getvalue()
    assert "what does not turn it:" in lines
    assert "ruled out, not ranked:" in lines
    assert any(line.startswith("Cost ") and "€" in line for line in lines)
    assert any(line.startswith("Ways to make") for line in lines)
    assert any("Together, alone instead of One by one" in line for line in lines)
    assert not any(line.startswith("{") for line in lines)


def test_the_command_says_where_it_found_fewer_orders_than_were_asked_for(made):
    out = StringIO()

    call_command("advise", "--product", PRODUCT, "--from-orders", "20", stdout=out)

    told = out.getvalue().splitlines()[1]
    assert told == "The latest 20 were asked for; only 3 are confirmed so far."


def test_the_command_asks_what_if(made):
    SetupRule.objects.create(matrix="SLOW", sequence=10, code="ANY", internal_s=600)
    words = ("--automation", "0.5", "--shifts-factor", "2", "--matrix", "SLOW")

    out = StringIO()
    call_command("advise", "--product", PRODUCT, "--json", *words, stdout=out)

    assert json.loads(out.getvalue())["matrix"] == "SLOW"


def test_lines_of_equal_scores_are_drawn_beside_each_other():
    scores = {"JOB": 50, "MASS_CUSTOMISATION": 50, "BATCH": 0}
    points = [
        {"at": 1, "method": "BATCH", "scores": scores},
        {"at": 2, "method": "JOB", "scores": {"JOB": 0, "BATCH": 0}},
    ]

    chart = draw_chart(
        points,
        title="By set-up",
        axis="",
        label=lambda point: str(point["at"]),
        names={"JOB": "Job", "BATCH": "Batch", "MASS_CUSTOMISATION": "Line"},
        is_now=lambda point: point["at"] == 1,
    )

    heights = {
        line["name"]: [dot["y"] for dot in line["dots"]] for line in chart["lines"]
    }
    assert heights == {"Job": [90, 180], "Batch": [180, 175], "Line": [85]}


def test_what_turns_nothing_is_told_with_what_comes_closest_and_why():
    names = {"BATCH": "Batch", "JOB": "Job"}
    found = {"setup_ratio_milli": 250_000, "load_pieces": 432}
    steady = {
        "by": "setup",
        "method": "BATCH",
        "rival": "JOB",
        "from_value": 0,
        "to_value": 640_000,
        "closest": 156,
        "is_as_good": False,
        "why": ["cost is 49 % less than under Job"],
        "is_late_above": True,
    }

    told = write_steady(steady, names, found)
    alike = write_steady(
        {**steady, "by": "volume", "is_as_good": True, "is_late_above": False},
        names,
        found,
    )
    none = write_steady(steady, names, {**found, "setup_ratio_milli": 0})

    assert told.replace(TIMES, "x") == (
        "With set-ups from 0x to 64x as long: always Batch. Job comes closest, at "
        "1/64x; even there cost is 49 % less than under Job. A load takes as long for "
        "one piece as for 432, without set-ups too. At 64x more than half of the "
        "orders are late whoever is next."
    )
    assert alike.replace(TIMES, "x") == (
        "With orders from 0x to 64x as large: always Batch. Job comes closest, at "
        "1/64x, and is as good there."
    )
    assert none.startswith("As these orders came, none needed a set-up")


@pytest.mark.parametrize(
    "words",
    [
        ("--product", "nothing"),
        ("--product", PRODUCT, "--from-orders", "0"),
        ("--product", PRODUCT, "--setup-factor", "inf"),
        ("--product", PRODUCT, "--demand-factor", "1e300"),
        ("--product", PRODUCT, "--automation", "much"),
    ],
)
def test_the_command_says_what_is_wrong(made, words):
    with pytest.raises(CommandError):
        call_command("advise", *words, stdout=StringIO())
