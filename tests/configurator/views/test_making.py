"""How it is made: four ways in words, in the advisor's figures, or soon in them."""

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.utils import translation

from configurator.ports import WayFigures, WaysCompared, ports
from configurator.views.ways import _cost, _good, _waste
from tests.factories.catalogue import make_release, standard_document

pytestmark = pytest.mark.django_db
COMPARED = WaysCompared(
    product="juice",
    n_orders=1,
    n_pieces=17_856,
    place="Apple line",
    best="FLOW",
    reasons=("a change costs as much time as 2,444 pieces",),
    rows=(
        WayFigures("FLOW", is_best=True, cost_minor=369_500),
        WayFigures("BATCH", cost_minor=160_800, waste_minor=90),
        WayFigures("JOB", because="too many to make one by one"),
    ),
    n_variants=1,
    crew=2,
    good_percent=99.5,
    change_each_s=6_600,
)


@pytest.fixture
def judged(monkeypatch):
    """The advisor has come as far as the juice."""
    cache.clear()
    make_release(standard_document())

    def compare(*, products, now):
        return COMPARED if COMPARED.product in products else None

    monkeypatch.setattr(ports, "ways_comparison", compare)


def page(client, language="en"):
    with translation.override("en"):  # whatever the page leaves active ends with it
        headers = {"Accept-Language": language}
        return client.get("/how-it-is-made/", headers=headers).content.decode()


def test_until_the_advisor_is_done_the_page_says_when_and_shows_no_empty_table(
    client, mug
):
    html = page(client)

    assert "within two minutes" in html
    assert 'hx-select="#judged" hx-select-oob="#side-by-side"' in html
    assert html.count("<table") == 1


def test_the_advisors_figures_stand_beside_the_words(client, judged):
    html = page(client)

    assert '<span class="ways-table__of">Juice</span>' in html
    for figure in (
        "none, from stock",
        "€0.20; “Batch” would cost €0.09",
        "2 people there",
        "110 min for a change between kinds",
        "99.5 % good so far",
        "0.5 % of pieces",
    ):
        assert f'<span class="ways-table__figure figures">{figure}</span>' in html
    assert "1 order, 17,856 pieces, judged at: Apple line" in html
    assert 'hx-select="#judged"' not in html


def test_numbers_and_plurals_are_the_readers(client, judged):
    html = page(client, "de")

    assert "1 Auftrag, 17.856 Stück, beurteilt an: Apple line" in html
    assert "0,20\N{NO-BREAK SPACE}€" in html


def test_a_yield_that_nobody_has_counted_yet_is_told_as_planned():
    row = COMPARED.rows[0]

    assert _good(COMPARED, row) == "99.5 % good so far"
    assert _good(replace(COMPARED, is_good_planned=True), row) == "99.5 % good by plan"


def test_loads_name_the_room_that_stays_empty_as_waste():
    found = replace(COMPARED, room_left_percent=19)

    told = _waste(found, found.rows[1])

    assert told == "€0.90 at changes, 0.5 % of pieces, 19 % of the room in loads"


def test_the_cheapest_way_names_what_any_other_would_cost():
    told = _cost(COMPARED, COMPARED.rows[1])

    assert told == "€0.09; any other way at least €0.20"
