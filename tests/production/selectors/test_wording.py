"""Figures of the works are told as people write them."""

import pytest
from django.utils.translation import override

from configurator.selectors.money import written_finely
from production.engine.reasons import Reason
from production.selectors.reasons import keep, say
from production.selectors.wording import measure_words


@pytest.mark.parametrize(
    ("measure", "amount", "told"),
    [
        ("GRAM", 60_000, "grams"),
        ("TRAY", 1, "tray"),
        ("TRAY", 0.5, "trays"),
        ("ML", 750, "ml"),
    ],
)
def test_a_load_is_measured_in_words(measure, amount, told):
    assert measure_words(measure, amount) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "full: 10,550 of 60,000"), ("de", "voll: 10.550 von 60.000")],
)
def test_the_amounts_of_a_reason_have_the_readers_marks(language, told):
    kept = keep(Reason("FULL", {"load": "10550", "capacity": 60_000}))

    with override(language):
        assert say(kept) == told


def test_a_part_of_a_coin_is_written_like_any_other_money():
    assert written_finely(900, "EUR") == "€0.009"
    assert written_finely(1_149_000, "EUR") == "€11.49"
