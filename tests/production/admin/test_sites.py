"""Sites with their figures, people and stock items in the admin."""

import pytest
from django.contrib.auth.hashers import check_password

from production.models import Operator, Site, StockItem, WorkCentreClass
from production.selectors.plant import plant_mark, read_plant
from production.selectors.ways import get_terms
from production.services.devices import identify
from tests.factories.catalogue import make_draft
from tests.factories.floor import make_calendar, make_centre, make_operator, make_site
from tests.factories.production import SHIRT, make_stock
from tests.production.admin.posts import errors_of, page_of, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def site_fields(**fields):
    return {"name": '{"en": "Mill"}', "zone": "Europe/Berlin", **fields}


def person_fields(**fields):
    return {
        "code": "W1",
        "name": "Olga",
        "badge": "B-1",
        "is_active": "on",
        "absences": '[["2026-12-24", "2026-12-31"]]',
        **fields,
    }


def item_fields(**fields):
    return {
        "code": "FLOUR",
        "name": '{"en": "Flour"}',
        "kind": "MATERIAL",
        "unit": "g",
        "lead_days": "2",
        "quality_hold_s": "0",
        **fields,
    }


def test_a_site_is_made_with_what_things_cost_and_how_they_leave(client):
    costs = {
        "country": "DE",
        "labour_minor_per_h": '{"OPERATOR": 4100}',
        "material_milli": '{"FLOUR": 90}',
        "delivery": '{"carrier": {"weekdays": [0], "pick_up": "16:00"}}',
    }

    answer = client.post(page_of("site", action="add"), site_fields(code="A", **costs))

    assert answer.status_code == 302
    centre = make_centre("BENCH", site=Site.objects.get(), rates={"labour": "OPERATOR"})
    plant = read_plant()
    assert plant.places[centre.code].wage_minor == 4_100
    assert plant.material_milli == {"FLOUR": 90}
    terms = get_terms(year=2026)
    assert terms is not None
    way = terms.way(delivery="CARRIER", country="", product="")
    assert (way.weekdays, way.departures[0].hour) == (frozenset({0}), 16)


def test_a_site_s_figures_change_and_the_others_stay(client):
    site = make_site()
    site.figures = {"country": "AT", "rework_bp": {"X": 1}, "figures": {"co2e": 380}}
    site.save()
    before = plant_mark()
    shown = client.get(page_of("site", site)).context["adminform"].form

    client.post(
        page_of("site", site),
        site_fields(hourly_minor='{"PRESS": 3600}', least_days_left="90"),
    )

    assert shown.initial["country"] == "AT"
    site.refresh_from_db()
    assert site.figures == {
        "rework_bp": {"X": 1},
        "figures": {"co2e": 380, "advice": {"hourly_minor": {"PRESS": 3600}}},
        "trade": {"least_days_left": 90},
    }
    assert plant_mark() != before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/North"),
        ("country", "Germany"),
        ("labour_minor_per_h", '{"OPERATOR": -1}'),
        ("labour_minor_per_h", '{"OPERATOR": "32"}'),
        ("material_milli", "[]"),
        ("delivery", '{"carrier": [1]}'),
        ("delivery", '{"carrier": {"pick_up": "25:00"}}'),
        ("delivery", '{"van": {"weekdays": [9]}}'),
        ("delivery", '{"packing_s": Infinity}'),
        ("delivery", '{"packing_s": 99999999999999}'),
        ("delivery", '{"carrier": {"transit_working_days": {"world": 9999999}}}'),
        ("delivery", '{"carrier": {"transit_working_days": {"world": "x"}}}'),
        ("delivery", '{"collection": {"closed": ["02-30"]}}'),
    ],
)
def test_a_figure_that_nobody_can_count_with_is_refused_at_the_field(
    client, field, value
):
    answer = client.post(page_of("site", make_site()), site_fields(**{field: value}))

    assert set(errors_of(answer)) == {field}


def test_a_site_with_work_centres_stays(client):
    site = make_centre("BENCH").site

    page = client.post(page_of("site", site, "delete"), {"post": "yes"})

    assert "BENCH" in text_of(page)
    assert Site.objects.exists()


def test_a_class_of_work_centres_is_made(client):
    fields = {"code": "OVENS", "name": '{"en": "Ovens"}'}

    client.post(page_of("workcentreclass", action="add"), fields)

    assert WorkCentreClass.objects.get().name == {"en": "Ovens"}


def test_somebody_is_taken_on_and_signs_on_with_their_pin(client):
    fields = person_fields(calendar=make_calendar().pk, pin="4711")

    answer = client.post(page_of("operator", action="add"), fields)

    assert answer.status_code == 302
    assert identify(badge="B-1", pin="4711").name == "Olga"


def test_a_pin_stays_where_none_is_written(client):
    anna = make_operator("W1", pin_hash="kept")

    client.post(page_of("operator", anna), person_fields(badge="B-2"))
    client.post(page_of("operator", anna), person_fields(badge="B-2", pin="123"))

    anna.refresh_from_db()
    assert (anna.badge, anna.pin_hash) == ("B-2", "kept")
    client.post(page_of("operator", anna), person_fields(pin="1234"))
    assert check_password("1234", Operator.objects.get().pin_hash)


@pytest.mark.parametrize(
    "written",
    [
        '["2026-12-24"]',
        '[["24.12.", "31.12."]]',
        '[["20261224", "20261231"]]',
        '[["2026-02-02", "2026-01-01"]]',
    ],
)
def test_an_absence_that_is_no_time_is_refused(client, written):
    fields = person_fields(absences=written)

    answer = client.post(page_of("operator", action="add"), fields)

    assert set(errors_of(answer)) == {"absences"}


def test_a_stock_item_begins_with_what_was_counted(client):
    answer = client.post(
        page_of("stockitem", action="add"), item_fields(counted="5000")
    )

    assert answer.status_code == 302
    item = StockItem.objects.get()
    move = item.moves.get()
    assert (item.on_hand, move.quantity, move.kind) == (5_000, 5_000, "ADJUSTED")
    assert move.actor == "somebody"


def test_a_count_books_the_difference_and_nothing_where_there_is_none(client):
    item = make_stock("FLOUR", 100)

    for counted in ("70", "70", ""):
        client.post(page_of("stockitem", item), item_fields(counted=counted))

    assert StockItem.objects.get().on_hand == 70
    assert [move.quantity for move in item.moves.filter(kind="ADJUSTED")] == [-30]


def test_a_count_below_what_is_allocated_is_refused_in_words(client):
    item = make_stock("FLOUR", 100, allocated=80)

    page = client.post(
        page_of("stockitem", item), item_fields(counted="10"), follow=True
    )

    assert "Only 20" in text_of(page)
    assert StockItem.objects.get().on_hand == 100


def test_a_stock_item_that_a_product_is_made_of_stays(client):
    make_draft(SHIRT)
    item = StockItem.objects.create(code="BLANK", kind="MATERIAL", unit="piece")

    page = client.post(page_of("stockitem", item, "delete"), {"post": "yes"})

    assert "Material of shirt 1" in text_of(page)
    assert StockItem.objects.exists()
