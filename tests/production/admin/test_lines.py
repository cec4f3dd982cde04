"""Lines with their stations and ratios in the admin."""

import pytest

from production.forms.lines import LineForm
from production.models import Line, LineSlot, SequenceRule, Station
from tests.factories.catalogue import make_draft
from tests.factories.floor import (
    at,
    make_centre,
    make_flow_line,
    make_line,
    make_ratio,
    make_unit,
)
from tests.factories.production import SHIRT
from tests.production.admin.posts import (
    errors_of,
    line_fields,
    new_line_fields,
    page_of,
    ratio_fields,
    rows_of,
    station_fields,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_what_no_unit_of_a_line_has_is_refused(client):
    make_draft(SHIRT)
    line = make_line("FL")
    rule = ratio_fields(condition="sleeve = LONG")
    fields = line_fields(line, rule, colour_attribute="sleeve")
    known = {"colour_attribute": "shade", "sequence_rules-0-condition": "text"}

    answer = client.post(page_of("line", line), fields)
    taken = client.post(page_of("line", line), fields | known)

    assert errors_of(answer) == {
        "colour_attribute": "There is no “sleeve” here; "
        "there are colour, quantity, shade, text.",
        "condition": "There is no “sleeve” here; there are colour, quantity, text.",
    }
    assert taken.status_code == 302


def test_a_line_s_takt_and_ratios_are_changed(client):
    line = make_line()

    answer = client.post(page_of("line", line), line_fields(line, ratio_fields()))

    assert answer.status_code == 302
    assert Line.objects.get().takt_ms == 60_000
    (rule,) = SequenceRule.objects.all()
    assert (rule.p, rule.q) == (1, 3)


@pytest.mark.parametrize(
    ("field", "fields", "told"),
    [
        ("p", {"p": "5"}, "5 of 3 rules out nothing: allow fewer than 3."),
        ("p", {"p": "3"}, "3 of 3 rules out nothing"),
        ("p", {"p": "0"}, "greater than or equal to 1"),
        ("condition", {"condition": "colour ="}, "colour ="),
        ("station", {"station": "NOWHERE"}, "no such station"),
        ("priority", {"priority": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_ratio_that_no_line_can_keep_is_refused(client, field, fields, told):
    line = make_line()

    answer = client.post(
        page_of("line", line), line_fields(line, ratio_fields(**fields))
    )

    assert set(errors_of(answer)) == {field}
    assert told in errors_of(answer)[field] or field == "condition"
    assert not SequenceRule.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("takt_ms", "0"),
        ("wip_limit", "0"),
        ("colour_max_run", "0"),
        ("base_ms", "-5"),
    ],
)
def test_a_line_that_cannot_run_is_refused_at_the_field(client, field, value):
    line = make_line()
    name = "stations-0-base_ms" if field == "base_ms" else field

    answer = client.post(page_of("line", line), line_fields(line, **{name: value}))

    assert set(errors_of(answer)) == {field}


def test_a_ratio_that_was_there_stays_when_the_takt_changes(client):
    line = make_line()
    rule = make_ratio(line, "HEAVY", 1, 2)
    kept = ratio_fields(id=rule.pk, line=line.pk, code="HEAVY", q="2")
    fields = line_fields(line) | rows_of("sequence_rules", [kept], 1)

    answer = client.post(page_of("line", line), fields)

    assert answer.status_code == 302
    assert SequenceRule.objects.get().code == "HEAVY"


def test_a_line_is_made_with_its_stations_and_runs(client):
    centre = make_centre("PRESSES", mode="LINE")
    make_centre("OVEN-1")
    shown = client.get(page_of("line", action="add")).context["adminform"].form
    offered = list(shown.fields["work_centre"].queryset)
    fields = new_line_fields(
        station_fields(10, "CUT"),
        station_fields(20, "SEW", base_ms=45_000),
        work_centre=centre.pk,
    )

    answer = client.post(page_of("line", action="add"), fields)

    assert offered == [centre]
    assert answer.status_code == 302
    line = Line.objects.get(code="FL-2")
    assert (line.state, line.work_centre, line.wip_limit) == ("RUNNING", centre, 4)
    stations = line.stations.values_list("position", "code", "base_ms")
    assert list(stations) == [(10, "CUT", 0), (20, "SEW", 45_000)]


@pytest.mark.parametrize(
    ("stations", "fields", "field"),
    [
        ((), {}, "stations"),
        (((1, "CUT"), (1, "SEW")), {}, "stations"),
        (((1, "CUT"), (2, "CUT")), {}, "stations"),
        (((0, "CUT"),), {}, "position"),
        (((1, ""),), {}, "code"),
        (((1, "CUT"),), {"kind": "FLOW"}, "product"),
        (((1, "CUT"),), {"work_centre": ""}, "work_centre"),
        (((1, "CUT"),), {"code": ""}, "code"),
    ],
)
def test_a_line_that_cannot_be_is_not_made(client, stations, fields, field):
    centre = make_centre("PRESSES", mode="LINE")
    rows = [station_fields(*each) for each in stations]
    given = new_line_fields(*rows, work_centre=centre.pk) | fields

    answer = client.post(page_of("line", action="add"), given)

    assert field in errors_of(answer)
    assert not Line.objects.exists()


def test_a_flow_line_names_the_standard_product_that_it_makes(client):
    release, line, _item = make_flow_line("juice", on_hand=0)
    other = make_centre("LINE-2", mode="LINE")
    fields = new_line_fields(
        station_fields(1, "FILL", base_ms=2_000),
        kind="FLOW",
        work_centre=other.pk,
        product=release.product_id,
    )

    client.post(page_of("line", action="add"), fields)

    found = Line.objects.exclude(pk=line.pk).get()
    assert (found.product, found.state) == (release.product, "STOPPED")


def test_a_station_that_nothing_uses_goes_and_others_change_places(client):
    line = make_line()
    first, second, third = line.stations.all()
    own = {"line": line.pk}
    fields = line_fields(
        line,
        stations=[
            station_fields(3, "S1", id=first.pk, **own),
            station_fields(2, "S2", id=second.pk, DELETE="on", **own),
            station_fields(1, "S3", id=third.pk, **own),
            station_fields(2, "NEW", **own),
        ],
    )

    answer = client.post(page_of("line", line), fields)

    assert answer.status_code == 302
    assert list(line.stations.values_list("code", flat=True)) == ["S3", "NEW", "S1"]


def test_a_station_in_use_stays_and_the_page_says_why(client):
    make_draft(SHIRT)
    line = make_line()
    Station.objects.filter(line=line, code="S3").update(code="PICK")
    make_ratio(line, "HEAVY", 1, 2)
    line.sequence_rules.update(station="S2")
    make_unit(line, number="W-7")
    rows = [
        station_fields(each.position, each.code, id=each.pk, line=line.pk, DELETE="on")
        for each in line.stations.all()
    ]
    fields = line_fields(line, stations=[*rows[1:], rows[0] | {"DELETE": ""}])

    refused = errors_of(client.post(page_of("line", line), fields))

    assert refused["stations"] == (
        "S2 stays: W-7 is to be worked on there. "
        "S2 stays: the ratio HEAVY is kept for it. "
        "PICK stays: W-7 is to be worked on there. "
        "PICK stays: shirt 1 has a step there."
    )
    assert line.stations.count() == 3


def test_stations_stay_where_they_are_while_a_unit_stands_at_one(client):
    line = make_line()
    LineSlot.objects.create(
        line=line,
        work_order=make_unit(line),
        state="AT_STATION",
        station=2,
        created_at=at(0),
    )
    rows = [
        station_fields(10 * each.position, each.code, id=each.pk, line=line.pk)
        for each in line.stations.all()
    ]

    answer = client.post(page_of("line", line), line_fields(line, stations=rows))

    told = "Stations change places while no unit stands at one."
    assert errors_of(answer) == {"stations": told}


def test_what_the_floor_does_to_a_line_meanwhile_is_not_undone(client, monkeypatch):
    line = make_line()
    read = LineForm.clean

    def clean(form):
        Line.objects.update(state="STOPPED", plan_version=7)
        return read(form)

    monkeypatch.setattr(LineForm, "clean", clean)

    client.post(page_of("line", line), line_fields(line, takt_ms="90000"))

    line.refresh_from_db()
    assert (line.takt_ms, line.state, line.plan_version) == (90_000, "STOPPED", 7)


def test_a_line_that_a_product_goes_over_is_not_deleted(client):
    make_draft(SHIRT)
    line, spare = make_line("FL"), make_line("SPARE")

    page = client.post(page_of("line", line, "delete"), {"post": "yes"})
    client.post(page_of("line", spare, "delete"), {"post": "yes"})

    assert "Routing: shirt 1, LINE" in text_of(page)
    assert list(Line.objects.all()) == [line]
