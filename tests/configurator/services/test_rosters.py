"""A team's list is understood by names and codes; all that is wrong is told at once."""

import copy
from typing import Any

import pytest

from configurator.selectors.releases import live_release
from configurator.services.examples import template_lines
from configurator.services.rosters import (
    Mend,
    apply_mend,
    change_cells,
    check_roster,
    drop_strangers,
    list_columns,
    match_columns,
)
from configurator.services.tables import read_text, write_text
from tests.factories.catalogue import NOW, make_release, mug_document

pytestmark = pytest.mark.django_db
DESIGN = {"colour": "RED", "size": "S", "extras": [], "height_mm": 90}


@pytest.fixture
def mug():
    document = copy.deepcopy(mug_document())
    document["extra"] = {"one_design": {"beside": ["size", "text"]}}
    make_release(document)
    return live_release("mug")


def check(release, text: str, **words: Any):
    options = {"release": release, "choices": DESIGN, "now": NOW} | words
    return check_roster(table=read_text(text), **options)


def test_columns_are_known_by_code_or_name_in_any_language(mug):
    header = ("Größe", "TEXT ", "Menge", "colour", "Remarks", "size", "artwork")

    found = match_columns(mug.definition, header)

    assert found[1:5] == ("text", "quantity", "colour", "")
    assert found[6] == ""


def test_a_column_that_comes_twice_is_understood_once(mug):
    assert match_columns(mug.definition, ("Text", "text")) == ("text", "")


def test_each_row_is_the_design_with_its_own_answers(mug):
    roster = check(mug, "text\tsize\tquantity\n Ada \tl\t2\n\t\t\n")

    first = roster.members[0]
    assert len(roster.members) == 1
    assert first.choices == {**DESIGN, "text": " Ada ", "size": "L"}
    assert (first.quantity, roster.is_good) == (2, True)


def test_an_empty_cell_leaves_the_answer_of_the_design_and_takes_a_text_away(mug):
    design = {**DESIGN, "text": "Club"}

    roster = check(mug, "text,size\n,L\nAda,\n", choices=design)

    assert [each.choices.get("text") for each in roster.members] == [None, "Ada"]
    assert [each.choices["size"] for each in roster.members] == ["L", "S"]


def test_all_mistakes_are_told_at_once_with_their_rows(mug):
    roster = check(
        mug,
        "text,size,quantity,height\n"
        "Ada,Mega,1,90\n"
        "Bo😀,S,-2,90\n"
        "Cy,S,0,90\n"
        "Di,S,1,95\n"
        "Ed,S,1,90,more\n",
    )

    wrong = {each.row.number: each.problems for each in roster.members}
    assert list(wrong) == [2, 3, 4, 5, 6]
    assert wrong[2][1].startswith("“Mega” is not an option; there are ")
    assert wrong[3] == {2: "“-2” is no number of pieces."}
    assert "The quantity must be from" in wrong[4][2]
    assert "95" in wrong[5][3]
    assert roster.members[4].elsewhere == ["This row has 5 cells for 4 columns."]
    assert not roster.is_good


def test_a_rule_is_told_where_the_row_can_mend_it(mug):
    roster = check(mug, "colour,size\nGOLD,S\n")

    reason = "The gold leaf needs the large mug."
    assert roster.members[0].problems == {0: reason, 1: reason}
    assert roster.members[0].elsewhere == []


def test_a_rule_about_the_design_is_told_beside_the_row(mug):
    roster = check(mug, "quantity\n1\n", choices={**DESIGN, "colour": "GOLD"})

    assert roster.members[0].elsewhere[0].endswith("The gold leaf needs the large mug.")


def test_a_character_that_cannot_be_made_comes_with_a_mend(mug):
    table = read_text("text\nBo😀\nBo😀\n")
    roster = check_roster(release=mug, table=table, choices=DESIGN, now=NOW)

    mend = roster.members[0].mends[0]
    assert "position 3" in roster.members[0].problems[0]
    assert mend == Mend(0, "Bo😀", "Bo")
    assert [row.cells for row in apply_mend(table, mend).rows] == [("Bo",), ("Bo",)]


def test_a_slip_of_the_pen_is_offered_its_nearest_option(mug):
    roster = check(mug, "colour\nredd\n")

    assert roster.members[0].mends[0].becomes == "Red"


def test_pieces_of_one_design_earn_the_break_together(mug):
    alone = check(mug, "text\nAda\n").members[0].price
    text = "text\n" + "\n".join(["Ada"] * 10)

    together = check(mug, text)

    assert alone is not None
    assert together.total_minor == 10 * (alone.total_minor - 1015 * 500 // 10_000)


def test_columns_that_nobody_understands_are_named_and_can_be_left_out(mug):
    roster = check(mug, "Remarks,,text\nold,x,Ada\n")

    assert roster.strangers == ["Remarks", "?"]
    assert not roster.is_good
    assert write_text(drop_strangers(roster)) == '"text"\n"Ada"\n'


def test_cells_are_changed_by_the_rows_numbers(mug):
    table = read_text("text,size\n\nAda,S\nBo,S\n")

    changed = change_cells(table, {(4, 1): "L", (9, 9): "nowhere"})

    assert [row.cells for row in changed.rows] == [("Ada", "S"), ("Bo", "L")]


def test_the_template_can_be_ordered_as_it_is(mug):
    lines = template_lines(mug.definition, DESIGN)
    text = "\n".join("\t".join(line) for line in lines)

    roster = check(mug, text)

    assert roster.is_good
    assert roster.n_units == 3
    assert [line[1] for line in lines] == ["Text", "Mia", "Leo"]
    assert ("quantity", "Quantity") in list_columns(mug.definition)


@pytest.mark.parametrize(
    ("quantity", "wanted"),
    [
        ({"min": 15, "max": 600, "step": 15}, ["15", "30"]),
        ({"values": [250, 500]}, ["250", "500"]),
        ({"values": [4]}, ["4", "4"]),
    ],
)
def test_the_template_begins_with_what_may_be_ordered(quantity, wanted):
    document = copy.deepcopy(mug_document()) | {"quantity": quantity}
    rule = {"code": "T", "text": "text requires colour = BLUE"}
    document["rules"] = [rule | {"reason": {"en": "On blue alone."}}]
    make_release(document)
    definition = live_release("mug").definition

    lines = template_lines(definition, DESIGN)

    assert lines == [["Quantity"], *([each] for each in wanted)]
    assert template_lines(definition, {**DESIGN, "colour": "BLUE"})[0][0] == "Text"
