"""Reasons are kept as codes and said in the language of whoever reads them."""

import pytest
from django.utils import translation

from production.engine.reasons import REASONS, Reason
from production.models import Batch, LineSlot
from production.selectors import batch_answers, floor, line_queue
from production.selectors.reasons import CAUSES, NOTES, keep, keep_note, say
from production.services import batching, membership, sequencing
from tests.factories.floor import (
    bake,
    make_centre,
    make_line,
    make_unit,
    make_work_order,
    operation,
    report,
)
from tests.factories.production import NOW

# What batches and places in a line are explained by; advice has words of its own.
FLOOR = (
    *("FULL", "MAX_WAIT", "DUE_DATE", "CUT_OFF", "WAITING", "BELOW_MINIMUM"),
    *("TOO_LARGE", "EXPECTED", "MEMBER", "LOT", "TOPPED_UP", "DIFFERENT", "NO_ROOM"),
    *("WOULD_BE_LATE", "HISTORY", "ONLY_CHOICE", "RATIO", "COLOUR_RUN"),
    *("COLOUR_LIMIT", "DUE_SLOT", "LEAST_BAD", "BREAKS", "NEXT_IN_LINE", "IMPROVED"),
    *("STARTED", "NO_TIME", "URGENT"),
)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Reason("DUE_SLOT", {"slot": 0}), "must be in position 1 or before"),
        (
            Reason("FULL", {"load": "35/3", "capacity": "288/1"}),
            "full: 12 of 288",
        ),
        (
            Reason("COLOUR_RUN", {"colour": "NAVY_BLUE"}),
            "continues the run of navy blue",
        ),
        (Reason("COLOUR_RUN", {"colour": ""}), "continues the run of one colour"),
        (
            Reason("BELOW_MINIMUM", {"minimum": 1, "load": "47/625"}),
            "the minimum of 1 is not reached: 0.075 so far",
        ),
    ],
)
def test_a_kept_reason_is_said_in_figures_of_people(reason, told):
    assert say(keep(reason)) == told


def test_values_are_said_by_the_names_that_people_have_for_them():
    kept = keep(Reason("COLOUR_RUN", {"colour": "RAL_7016"}))

    assert say(kept, names={"RAL_7016": "Anthracite"}).endswith("run of Anthracite")


def test_what_stands_beside_a_reason_is_not_kept_twice():
    kept = keep(Reason("MEMBER", {"family": "ink=RED" * 40}), but="family")

    assert len(kept) < 200
    assert say(kept, family="red") == "same red, next by due date"


@pytest.mark.parametrize("text", ["", "same kind", "[3", "[ours", "the oven is hot"])
def test_a_text_that_is_no_code_stays_as_it_was_written(text):
    assert say(text) == text


@pytest.mark.parametrize(
    "text", [*(REASONS[code] for code in FLOOR), *NOTES.values(), *CAUSES]
)
def test_what_the_floor_says_is_there_in_german(text):
    with translation.override("de"):
        assert translation.gettext(text) != text


@pytest.mark.django_db
def test_each_reader_of_a_batch_gets_its_reasons_in_their_language():
    orders = [make_work_order(bake(), quantity=24) for _ in range(2)]
    oven = make_centre("OVEN-1")
    batching.plan_work_centre(work_centre_id=oven.id, now=NOW)
    batch = Batch.objects.get(members__operation__work_order=orders[0])
    membership.withdraw_member(
        number=batch.number,
        operation_id=operation(orders[0], "BAKE").id,
        report=report(),
    )
    membership.add_member(
        number=batch.number,
        operation_id=operation(orders[0], "BAKE").id,
        report=report(1),
    )
    found = batch_answers.get_batch(number=batch.number)

    def told():
        members = batch_answers.batch_answer(found)["members"]
        return {each["work_order"]: each["reason"] for each in members}[
            orders[0].number
        ]

    english = told()
    with translation.override("de"):
        german = told()

    assert (english, german) == ("added by test", "hinzugefügt von test")


@pytest.mark.django_db
def test_a_place_in_a_line_is_explained_in_the_language_of_the_reader():
    line = make_line()
    make_unit(line)
    sequencing.sequence(line_id=line.id, now=NOW, cause="arrivals")
    (slot,) = line_queue.get_queue(line=line).waiting

    with translation.override("de"):
        german = floor.slot_answer(slot, position=1, stations={})["why"]

    assert slot.why == keep_note("ONLY_CHOICE")
    assert german == "es ist keine andere Art mehr übrig"
    assert LineSlot.objects.get().why == slot.why
