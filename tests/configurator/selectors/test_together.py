"""A way out that changes how many there are says what is charged for the line."""

import pytest

from configurator.selectors.design_prices import Asked, price_together
from configurator.selectors.together import Together
from tests.configurator.selectors.test_design_prices import BY_DESIGN, GLOSS, MATT

BLUE = {**MATT, "colour": "BLUE", "text": "Ada"}


def together(own: int, others: int) -> Together:
    lines = (Asked(BY_DESIGN, MATT, own), Asked(BY_DESIGN, BLUE, others))
    return Together(lines)


def charged(choices: dict[str, str], own: int, others: int) -> int:
    lines = [Asked(BY_DESIGN, choices, own), Asked(BY_DESIGN, BLUE, others)]
    return price_together(lines)[0].total_minor


def test_others_of_the_design_count_with_the_quantity_that_is_needed():
    changes, minor = together(4, 3).mend({"quantity": 10}, 1)

    assert changes == {"quantity": 7}
    assert minor == charged(MATT, 7, 3) - charged(MATT, 4, 3) == 7 * 1080 - 4 * 1200


def test_what_becomes_another_design_counts_by_itself():
    changes, minor = together(4, 3).mend({"glaze": "GLOSS", "quantity": 10}, 1)

    assert changes == {"glaze": "GLOSS", "quantity": 10}
    assert minor == charged(GLOSS, 10, 3) - charged(MATT, 4, 3)


@pytest.mark.parametrize(("minor", "share"), [(700, 400), (None, None)])
def test_where_the_quantity_stays_a_line_pays_its_share(minor, share):
    assert together(4, 3).mend({"glaze": "GLOSS"}, minor) == ({"glaze": "GLOSS"}, share)


def test_a_line_has_at_least_what_the_product_is_sold_in():
    changes, _minor = together(4, 30).mend({"quantity": 10}, 1)

    assert changes == {"quantity": 1}
