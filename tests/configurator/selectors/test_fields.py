"""Choices written into an address come back byte for byte."""

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from configurator.engine.formats.release_json import read_release
from configurator.selectors.fields import (
    apply_changes,
    default_choices,
    read_choices,
    read_quantity,
    write_changes,
    write_query,
)
from tests.factories.catalogue import MUG

DEFINITION = read_release(MUG)
# What a form can carry: a browser turns line ends into its own, U+0000 is refused.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "colour": st.sampled_from(["RED", "BLUE", "GOLD"]),
        "extras": st.lists(st.sampled_from(["SPOON", "LID", "BOX"]), unique=True),
        "height_mm": st.integers(0, 999_999_999),
        "text": TEXTS,
        "artwork": st.sampled_from(["a-token"]),
    },
)


@given(choices=CHOICES, quantity=st.integers(1, 10_000))
def test_an_address_gives_back_what_was_written_into_it(choices, quantity):
    fields = QueryDict(write_query(choices, quantity))

    assert read_choices(DEFINITION, fields) == choices
    assert read_quantity(fields, 1) == quantity


@given(before=CHOICES, changes=CHOICES, quantity=st.integers(1, 10_000))
def test_changes_in_a_button_are_what_is_changed(before, changes, quantity):
    text = write_changes({**changes, "quantity": quantity})

    found, units = apply_changes(DEFINITION, text, before, 1)

    assert found == {**before, **changes}
    assert units == quantity


def test_an_answer_that_is_emptied_is_taken_away():
    before = {"colour": "RED", "text": "Ada", "artwork": "a-token"}

    found, quantity = apply_changes(
        DEFINITION, write_changes({"text": "", "artwork": None}), before, 7
    )

    assert found == {"colour": "RED"}
    assert quantity == 7


def test_no_tick_is_an_answer_and_nothing_is_none():
    assert read_choices(DEFINITION, QueryDict("c.extras=-")) == {"extras": []}
    assert read_choices(DEFINITION, QueryDict("")) == {}


def test_what_is_no_number_and_what_is_not_asked_is_handed_on_to_be_named():
    fields = QueryDict("c.height_mm=tall&c.handle=LEFT&c.colour=&other=1")

    assert read_choices(DEFINITION, fields) == {"height_mm": "tall", "handle": "LEFT"}


def test_a_quantity_that_is_none_counts_as_0():
    quantities = [
        read_quantity(QueryDict(f"quantity={text}"), 5)
        for text in ("", "12", "-1", "1.5", "many", "٣", "9" * 12)
    ]

    assert quantities == [5, 12, 0, 0, 0, 0, 0]


def test_a_product_starts_from_its_defaults():
    assert default_choices(DEFINITION) == {
        "colour": "RED",
        "extras": [],
        "height_mm": 90,
    }
