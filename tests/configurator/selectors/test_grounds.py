"""What a promise rests on is said to each reader in their own language."""

import pytest
from django.utils.translation import override

from configurator.selectors.grounds import (
    MOST_KEPT,
    Ground,
    keep_grounds,
    say_grounds,
)

GROUNDS: list[Ground] = [
    ("STEPS", {"steps": 1, "places": "OVEN-1"}),
    ("SKILL", {"skill": "DOUGH"}),
    ("COMES", {"item": "FLOUR", "day": "2026-05-12"}),
]


ENGLISH = (
    "1 step at OVEN-1 and what waits there; waits longest for somebody with "
    "the skill Dough; FLOUR comes on Tuesday, 12 May"
)
GERMAN = (
    "1 Schritt an OVEN-1 und was dort wartet; wartet am längsten auf "
    "jemanden, der Dough kann; FLOUR kommt am Dienstag, 12. Mai"
)


@pytest.mark.parametrize(("language", "told"), [("en", ENGLISH), ("de", GERMAN)])
def test_grounds_are_said_in_the_language_of_who_reads_them(language, told):
    kept = keep_grounds(GROUNDS)

    with override(language):
        assert say_grounds(kept) == told


def test_what_people_or_earlier_versions_wrote_stays_as_it_is():
    for text in ("", "the mill stands still", "[sic] late", "[[broken"):
        assert say_grounds(text) == text


def test_of_more_grounds_than_there_is_room_for_the_first_are_kept():
    batches = ", ".join(f"B-{number:06d}" for number in range(60))

    kept = keep_grounds([*GROUNDS, ("JOINS", {"batches": batches})])

    assert len(kept) <= MOST_KEPT
    assert kept == keep_grounds(GROUNDS)
