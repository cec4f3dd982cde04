"""A range is imported and its sales history replayed, up to the line's queue."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from configurator.models import CatalogueRelease, RoutingStep
from configurator.selectors.clock import factory_now
from orders.models import Order
from production.management.commands import replay_orders
from production.models import Line, LineSlot, SequenceRule, WorkOrder
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.sequencing import sequence_all

# As many questions as the ratios and the colour speak of that are usual.
N_QUESTIONS = 19
VARIABLES = "".join(f'<variable name="v{n}" domain="d"/>' for n in range(N_QUESTIONS))
RANGE = f"""<instance><presentation format="XCSP 2.1"/>
<domains nbDomains="1"><domain name="d" nbValues="3">0..2</domain></domains>
<variables>{VARIABLES}</variables>
<relations nbRelations="1">
<relation name="r" arity="2" nbTuples="1" semantics="conflicts">1 1</relation>
</relations><constraints nbConstraints="1">
<constraint name="c1" arity="2" scope="v0 v1" reference="r"/></constraints></instance>
"""
# One row is good for two units and one for one; one breaks c1, two are no options.
HISTORY = """v0,v1,v2,v3,v4,nombre
0,1,2,0,0,2
1,0,,,1,1
1,1,0,0,0,4
7,0,0,0,0,3
0,0,0,0,9,1
"""


@pytest.fixture
def range_file(tmp_path):
    path = tmp_path / "range.xml"
    path.write_text(RANGE)
    return path


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text(HISTORY)
    return path


def run(name: str, *words) -> dict[str, Any]:
    out, err = StringIO(), StringIO()
    call_command(name, *map(str, words), stdout=out, stderr=err)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found | {"said": err.getvalue()}


def make(path) -> dict[str, Any]:
    return run("import_product", path, "--slug", "small")


def make_all() -> None:
    """Do what the worker does from a paid order to the line's queue."""
    release_confirmed_orders(now=factory_now(real_now=timezone.now()))
    release_to_floor(now=factory_now(real_now=timezone.now()))
    sequence_all(now=factory_now(real_now=timezone.now()))


@pytest.mark.django_db
def test_a_range_becomes_a_product_with_a_line_and_its_rules(range_file):
    found = make(range_file)
    said = found.pop("said")
    Line.objects.update(state="RUNNING")
    again = make(range_file)

    assert "Line FL-SMALL stands still" in said
    assert "/floor/lines/FL-SMALL/" in said
    assert (again["line_state"], again["said"]) == ("RUNNING", "")
    assert {**found, "seconds": 0} == {
        "product": "small",
        "release": "1",
        "characteristics": N_QUESTIONS,
        "options": 3 * N_QUESTIONS,
        "rules": 1,
        "ratios": 6,
        "line": "FL-SMALL",
        "line_state": "STOPPED",
        "seconds": 0,
    }
    line = Line.objects.get()
    assert (line.code, line.colour_attribute) == ("FL-SMALL", "v18")
    assert SequenceRule.objects.filter(line=line).count() == found["ratios"] >= 5
    assert RoutingStep.objects.count() == line.stations.count() >= 6


@pytest.mark.django_db
def test_a_range_with_names_of_its_own_gets_the_rules_that_are_asked_for(range_file):
    range_file.write_text(RANGE.replace('"v', '"w').replace(" v", " w"))

    plain = make(range_file)
    line = Line.objects.get()
    assert (plain["ratios"], line.colour_attribute) == (0, "")

    words = ("--ratio", "w4=1:1:2", "--colour", "w2")
    told = run("import_product", range_file, "--slug", "small", *words)
    line.refresh_from_db()
    assert (told["ratios"], line.colour_attribute) == (1, "w2")

    make(range_file)
    line.refresh_from_db()
    assert line.colour_attribute == "w2"


@pytest.mark.django_db
def test_the_same_range_again_makes_no_second_release(range_file):
    first = make(range_file)

    again = make(range_file)

    assert again["release"] == first["release"] == "1"


@pytest.mark.django_db
def test_a_range_never_replaces_another_product(range_file, tmp_path):
    make(range_file)
    other = tmp_path / "other.xml"
    other.write_text(RANGE.replace("v2", "w2"))

    with pytest.raises(CommandError, match="take a new slug"):
        make(other)

    assert CatalogueRelease.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("ratio", ["v19=1:1:2", "v4=8:1:2", "v4=1:2:2", "v4=1:²:2"])
def test_a_ratio_that_the_range_does_not_know_makes_nothing(range_file, ratio):
    with pytest.raises(CommandError):
        run("import_product", range_file, "--slug", "small", "--ratio", ratio)

    assert not Line.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_history_is_replayed_once_and_each_row_counted(
    range_file, history, live_server, monkeypatch
):
    make(range_file)
    wait, before = replay_orders.Command.wait, []

    def work_then_wait(self, orders, n_wanted):
        before.append(replay_orders.count_queued(orders))
        make_all()
        return wait(self, orders, n_wanted)

    monkeypatch.setattr(replay_orders.Command, "wait", work_then_wait)
    words = (history, "--product", "small", "--url", live_server.url, "--threads", 2)

    found = [run("replay_orders", *words) for _ in range(2)]
    later = run("replay_orders", *words, "--run", "2")

    for each in found:
        assert each["rows_by_outcome"] == {
            "built": 2,
            "breaks_rules": 1,
            "outside_range": 2,
        }
        assert each["units_by_outcome"]["built"] == 3
        assert each["work_orders_in_queue"] == 3
    # The same replay again finds its own units; another waits for those of its own.
    assert (before, later["work_orders_in_queue"]) == ([0, 3, 0], 3)
    assert Order.objects.filter(state="CONFIRMED").count() == 4
    assert (WorkOrder.objects.count(), LineSlot.objects.count()) == (6, 6)
