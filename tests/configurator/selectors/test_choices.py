"""The state of choices as the API tells it."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from configurator.engine.formats import release_json
from configurator.ports import Alternative, Promise
from configurator.selectors import artefacts
from configurator.selectors.choices import complete_answer, configure_answer
from configurator.selectors.releases import (
    NotOnSaleError,
    UnknownProductError,
    live_release,
)
from configurator.services.availability import set_availability
from configurator.services.catalogue import suspend_release
from configurator.services.configurations import pin_configuration
from configurator.services.errors import InvalidError
from tests.factories.access import make_user
from tests.factories.catalogue import (
    NOW,
    RED_MUG,
    make_release,
    mug_document,
    standard_document,
)

pytestmark = pytest.mark.django_db


def configure(choices=None, **words):
    given = {"product": "mug", "choices": choices or {}, "now": NOW}
    return configure_answer(**{**given, **words})


def options(answer, code):
    return answer["characteristics"][code]["options"]


def available(answer, code):
    return [name for name, each in options(answer, code).items() if each["available"]]


def test_an_open_question_leaves_everything_possible():
    make_release()

    answer = configure()

    assert (answer["release"], answer["choices"], answer["quantity"]) == ("1", {}, 1)
    assert (answer["valid"], answer["complete"]) == (True, False)
    assert available(answer, "colour") == ["RED", "BLUE", "GOLD"]
    assert answer["lowest_total_minor"] == 1000
    assert answer["price"] == {"currency": "EUR", "total_minor": None, "lines": []}
    assert answer["missing"] == ["colour", "size", "height_mm"]
    assert "configuration_sha256" not in answer


def test_an_option_tells_what_it_would_cost_more():
    make_release()

    answer = configure({"size": "L"}, quantity=10)

    deltas = {
        code: each["price_delta_minor"]
        for code, each in options(answer, "colour").items()
    }
    # Ten mugs, five percent off: 9500 or 14250.
    assert deltas == {"RED": 0, "BLUE": 0, "GOLD": 4750}
    assert answer["lowest_total_minor"] == 9500


def test_an_impossible_option_gives_the_reason_of_its_rule():
    make_release()

    size = options(configure({"colour": "GOLD"}), "size")

    assert size["S"] == {
        "available": False,
        "selected": False,
        "implied": False,
        "price_delta_minor": None,
        "reason": "The gold leaf needs the large mug.",
    }
    assert size["L"]["implied"] is True


def test_a_reason_comes_in_the_language_asked():
    make_release()

    with translation.override("de"):
        answer = configure({"colour": "GOLD"})

    reason = options(answer, "size")["S"]["reason"]
    assert reason == "Das Blattgold braucht den großen Becher."


def test_complete_choices_have_hash_and_price():
    make_release()

    answer = configure({**RED_MUG, "text": "Zoë"}, quantity=2)

    assert answer["complete"] is True
    assert answer["price"]["total_minor"] == answer["lowest_total_minor"] == 2030
    assert answer["price"]["lines"] == [
        {"code": "BASE", "label": "Mug", "amount_minor": 2000},
        {"code": "TEXT", "label": "Text", "amount_minor": 30},
    ]
    pinned = pin_configuration(
        product="mug", choices=answer["choices"], quantity=2, now=NOW
    )
    assert answer["configuration_sha256"] == pinned.configuration.sha256


def test_a_conflict_is_an_answer_with_repairs_that_help():
    make_release()
    choices = {**RED_MUG, "colour": "GOLD"}

    answer = configure(choices)

    assert (answer["valid"], answer["complete"]) == (False, False)
    (conflict,) = answer["conflicts"]
    assert conflict["choices"] == {"colour": "GOLD", "size": "S"}
    assert conflict["rules"] == [
        {"code": "R1", "reason": "The gold leaf needs the large mug."}
    ]
    for repair in conflict["repairs"]:
        assert configure({**choices, **repair["changes"]})["valid"] is True


def test_what_is_sold_out_is_off_at_once_and_says_until_when():
    make_release()
    assert available(configure(), "colour") == ["RED", "BLUE", "GOLD"]

    set_availability(
        product="mug",
        option="BLUE",
        available=False,
        back_on=date(2026, 3, 9),
        now=NOW,
    )

    answer = configure()
    assert available(answer, "colour") == ["RED", "GOLD"]
    reason = options(answer, "colour")["BLUE"]["reason"]
    assert reason == "Sold out; back on Monday, 9 March."
    # Half an hour into that day by the clocks of the shop.
    back = configure(now=datetime(2026, 3, 8, 23, 30, tzinfo=UTC))
    assert available(back, "colour") == ["RED", "BLUE", "GOLD"]


def test_choosing_what_is_sold_out_is_a_conflict():
    make_release()
    set_availability(product="mug", option="RED", available=False, now=NOW)

    answer = configure(RED_MUG)

    assert answer["valid"] is False
    (conflict,) = answer["conflicts"]
    assert conflict["rules"] == [{"code": "SOLD_OUT", "reason": "Sold out."}]


def test_a_conflict_says_when_what_was_chosen_is_back_whatever_else_is_sold_out():
    make_release()
    set_availability(product="mug", option="BLUE", available=False, now=NOW)
    set_availability(
        product="mug", option="RED", available=False, back_on=date(2026, 3, 9), now=NOW
    )

    (conflict,) = configure(RED_MUG)["conflicts"]

    assert conflict["rules"][0]["reason"] == "Sold out; back on Monday, 9 March."


def test_numbers_and_texts_tell_what_is_left():
    make_release()

    answer = configure({"colour": "GOLD"})

    parts = answer["characteristics"]
    assert parts["height_mm"] == {"options": {}, "ranges": [{"min": 80, "max": 120}]}
    assert parts["text"] == {"options": {}, "possible": False, "needed": False}
    assert answer["quantities"] == [{"min": 1, "max": 500}]


def test_a_standard_product_is_complete_from_the_start():
    make_release(standard_document())

    answer = configure(product="juice", quantity=3)

    assert (answer["complete"], answer["price"]["total_minor"]) == (True, 4470)


def test_a_bespoke_product_has_no_total_until_it_is_quoted():
    make_release(mug_document(kind="BESPOKE"))

    price = configure(RED_MUG)["price"]

    assert (price["total_minor"], price["estimate_minor"]) == (None, 1000)


def test_unknown_answers_are_refused_by_name():
    make_release()

    with pytest.raises(InvalidError) as caught:
        configure({"colour": "GREEN", "shape": "ROUND"}, quantity=0)

    assert [each.field for each in caught.value.problems] == [
        "choices.colour",
        "choices.shape",
        "quantity",
    ]


def test_a_product_that_is_not_sold_is_refused():
    with pytest.raises(UnknownProductError):
        configure()

    release = make_release()
    suspend_release(release_id=release.pk)

    with pytest.raises(NotOnSaleError):
        configure()


def test_a_promise_is_quoted_once_the_choices_are_complete(monkeypatch):
    make_release()
    promise = Promise(NOW, NOW, NOW, "stock")
    monkeypatch.setattr("configurator.ports.ports.promise_quote", lambda **_: promise)

    assert configure()["promise"] is None
    assert configure(RED_MUG)["promise"] == {
        "ready_at": NOW,
        "shipped_at": NOW,
        "delivered_at": NOW,
        "rests_on": "stock",
        "alternatives": [],
    }


def test_what_would_be_there_earlier_is_told_by_name(monkeypatch):
    make_release()
    asked = {}

    def find(**question):
        asked.update(question)
        return (Alternative("colour", "BLUE", NOW, 2, "it joins batch B-17"),)

    promise = Promise(NOW, NOW, NOW, "stock")
    monkeypatch.setattr("configurator.ports.ports.promise_quote", lambda **_: promise)
    monkeypatch.setattr("configurator.ports.ports.promise_alternatives", find)

    user = make_user()
    answer = configure(RED_MUG, user=user)

    assert asked["buyer_id"] == user.pk
    # Gold does not go with the small mug: it is not there to be chosen alone.
    assert asked["options"] == [("colour", "BLUE"), ("size", "L")]
    assert answer["promise"]["alternatives"] == [
        {
            "characteristic": "colour",
            "option": "BLUE",
            "name": "Blue",
            "delivered_at": NOW,
            "days_earlier": 2,
            "because": "it joins batch B-17",
        }
    ]


def test_what_is_yet_to_be_quoted_has_no_date(monkeypatch):
    make_release(mug_document(kind="BESPOKE"))
    promise = Promise(NOW, NOW, NOW, "stock")
    monkeypatch.setattr("configurator.ports.ports.promise_quote", lambda **_: promise)

    assert configure(RED_MUG)["promise"] is None


@pytest.mark.parametrize("objective", ["CHEAPEST", "POPULAR"])
def test_the_rest_is_completed_so_that_it_can_be_ordered(objective):
    make_release()

    answer = complete_answer(
        product="mug", choices={"size": "L"}, objective=objective, now=NOW
    )

    assert answer["complete"] is True
    assert answer["choices"]["size"] == "L"
    assert answer["price"]["total_minor"] == 1000
    pin_configuration(product="mug", choices=answer["choices"], quantity=1, now=NOW)


def test_the_popular_way_takes_what_most_people_take():
    make_release()

    answer = complete_answer(product="mug", choices={}, objective="POPULAR", now=NOW)

    chosen = answer["choices"]
    assert (chosen["colour"], chosen["size"]) == ("RED", "S")


def test_a_conflict_cannot_be_completed_and_comes_back_as_it_is():
    make_release()

    answer = complete_answer(
        product="mug", choices={"colour": "GOLD", "size": "S"}, now=NOW
    )

    assert (answer["valid"], answer["choices"]) == (
        False,
        {"colour": "GOLD", "size": "S"},
    )


def test_a_click_asks_one_query_and_parses_nothing(
    django_assert_num_queries, monkeypatch
):
    make_release()
    configure()
    parsed = []

    def read(document):
        parsed.append(document)
        return release_json.read_release(document)

    monkeypatch.setattr(artefacts, "read_release", read)

    with django_assert_num_queries(1) as queries:
        configure({"colour": "GOLD"})

    assert parsed == []
    sql = " ".join(query["sql"] for query in queries.captured_queries)
    assert '"definition",' not in sql
    for table in ("characteristic", "option", "rule", "pricerule", "routing"):
        assert f"configurator_{table}" not in sql


def test_a_machine_without_the_artefact_compiles_it_again(settings, tmp_path):
    make_release()
    artefacts.forget_loaded()
    settings.ARTEFACT_DIR = tmp_path / "empty"

    assert configure({"colour": "GOLD"})["valid"] is True
    assert live_release("mug").compiled is live_release("mug").compiled
