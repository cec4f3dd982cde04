"""The demo: a factory, its products, accounts and orders, the same ones again."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import transaction

from configurator.models import CatalogueRelease, Product, User
from configurator.selectors.fields import default_choices
from configurator.selectors.products import list_products
from configurator.selectors.releases import live_release
from configurator.selectors.roles import STAFF
from configurator.selectors.unwanted import find_unwanted, list_unwanted
from configurator.services.examples import template_lines
from configurator.services.rosters import check_roster
from configurator.services.tables import read_text
from orders.models import Order, OrderLine, OutboxMessage
from production.engine.advice import advise
from production.models import (
    Calendar,
    Line,
    Operator,
    SequenceRule,
    Shift,
    StockItem,
    StockMove,
    WorkCentre,
    WorkOrder,
)
from production.selectors.advising import build_demand
from production.selectors.demo import (
    demo_accounts,
    read_accounts,
    read_factory,
    read_products,
)
from production.selectors.pipeline_check import check_pipeline
from production.services.factory import load_factory
from tests.factories.access import make_user
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db


def counts():
    models = (WorkCentre, Line, Shift, Operator, StockItem, StockMove, User, Order)
    return {model.__name__: model.objects.count() for model in models}


def seed(*arguments):
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker) -> Iterator[str]:
    """Load the demo once for those who look at it; give what the command said.

    Tests that need an empty database stand above those.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed("--orders", "18", "--seed", "5")
        transaction.set_rollback(True)


def deployment_problems() -> set[str | None]:
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return {each.id for each in found}


def test_a_load_that_is_cut_short_leaves_an_empty_database_for_the_next(monkeypatch):
    empty = counts()
    place = "production.management.commands.seed_demo.load_samples"

    def power_cut(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, power_cut)
        with pytest.raises(KeyboardInterrupt):
            seed("--orders", "2", "--if-empty")

    assert counts() == empty
    assert "9 accounts and 2 orders" in seed("--orders", "2", "--if-empty")


def test_a_factory_of_one_s_own_begins_with_roles_and_without_the_demo():
    told = seed("--only-roles")
    make_user("boss", is_superuser=True)

    assert all(name in told for name in STAFF)
    assert "no users yet" in told
    assert seed("--if-empty") == ""
    assert Group.objects.filter(name__in=STAFF).count() == len(STAFF)
    assert not Product.objects.exists()
    assert not WorkCentre.objects.exists()


def test_without_the_demo_nothing_stops_a_deployment():
    assert demo_accounts() == []
    assert "production.E001" not in deployment_problems()


def test_a_factory_is_loaded_row_by_row_by_its_codes():
    load_factory(document=read_factory(), now=NOW)
    before = counts()
    Line.objects.filter(code="JL-A").update(state="RUNNING")
    Line.objects.filter(code="FL-SHOE").update(state="STOPPED")

    load_factory(document=read_factory(), now=NOW)

    assert counts() == before
    as_left = Line.objects.filter(code__in=["JL-A", "FL-SHOE"]).order_by("code")
    assert [line.state for line in as_left] == ["STOPPED", "RUNNING"]
    night = Calendar.objects.get(code="NIGHT").shifts.filter(weekday=0)
    assert [(f"{s.starts:%H:%M}", f"{s.ends:%H:%M}") for s in night] == [
        ("06:00", "22:00")
    ]
    dark = SequenceRule.objects.get(line__code="FL-SHIRT", code="DARK")
    assert (dark.p, dark.q, dark.station) == (12, 13, "PRETREAT")
    car = Line.objects.get(code="FL-CAR")
    assert (car.colour_attribute, car.colour_max_run, car.state) == (
        "colour",
        10,
        "RUNNING",
    )
    brewer = Operator.objects.get(code="W17")
    assert [skill.code for skill in brewer.skills.all()] == ["BREW"]
    pins = {each["code"]: each["pin"] for each in read_factory()["operators"]}
    assert check_password(pins["W17"], brewer.pin_hash)
    assert WorkCentre.objects.get(code="JL-A").rates["breakdowns"] == {
        "mean_between_s": 50_400,
        "mean_repair_s": 720,
    }
    for item in StockItem.objects.filter(on_hand__gt=0):
        assert sum(move.quantity for move in item.moves.all()) == item.on_hand


def test_the_demo_is_complete_and_loading_it_again_adds_nothing(loaded):
    assert f"{len(read_products())} products, 9 accounts and 18 orders" in loaded
    before = counts()
    placed = Order.objects.order_by("id")
    slugs = {line.product.slug for order in placed for line in order.lines.all()}
    factory = read_factory()
    wanted = [*factory["demand_per_day"], *factory["demand_per_week"]]
    assert slugs == {each["product"] for each in wanted}
    assert set(CatalogueRelease.objects.values_list("state", flat=True)) == {"ACTIVE"}
    assert not OutboxMessage.objects.filter(kind="release").exists()
    methods = set(WorkOrder.objects.values_list("method", flat=True))
    assert methods >= {"JOB", "BATCH", "MASS_CUSTOMISATION"}
    juice = StockItem.objects.get(code="JUICE-APPLE")
    apple = Product.objects.get(slug="juice-apple")
    assert (juice.product, juice.allocated > 0) == (apple, True)
    assert Line.objects.get(code="JL-A").product == apple

    again = seed("--orders", "18", "--seed", "5")

    assert "0 products, 0 accounts and 0 orders" in again
    assert counts() == before
    assert find_unwanted("Oh, d4mn!", list_unwanted()) == "damn"
    assert find_unwanted("Scheisse", list_unwanted()) == "Scheiße"
    assert find_unwanted("Sussex", list_unwanted()) == ""
    assert seed("--if-empty") == ""


def test_the_same_seed_places_the_same_orders(loaded):
    rows = Order.objects.order_by("id").values_list("total_minor", "lines__quantity")
    n_known = rows.count()
    seed("--orders", "3", "--seed", "8")
    one = list(rows)[n_known:]
    Order.objects.update(customer_email="someone@example.org")

    seed("--orders", "3", "--seed", "8")

    assert list(rows.all())[n_known + len(one) :] == one


def test_boxes_hold_the_pieces_of_the_data_sheet_and_the_bakery_shares_its_oven(loaded):
    now = Order.objects.latest("placed_at").placed_at

    found = build_demand(product="cookies", n_orders=60, now=now)

    assert (found.work_centre, advise(found.case).method) == ("OVEN-1", "BATCH")
    boxes = OrderLine.objects.filter(product__slug__in=("cookies", "muffins"))
    assert max(boxes.values_list("quantity", flat=True)) <= 2


def test_accounts_can_log_in_and_stop_a_deployment(loaded):
    accounts = demo_accounts()
    told = {each["username"] for each in accounts}
    assert told == {each["username"] for each in read_accounts()}
    for each in accounts:
        user = authenticate(username=each["username"], password=each["password"])
        assert user is not None
    planner = User.objects.get(username="planner")
    assert planner.has_perm("production.change_workorder")
    assert not planner.has_perm("configurator.change_rule")
    assert Operator.objects.get(code="W18").user == User.objects.get(
        username="operator"
    )
    # The cafés with standing orders have accounts as well, without a password.
    cafes = User.objects.filter(username__startswith="cafe-")
    assert len(read_accounts()) == User.objects.count() - cafes.count()
    assert not any(cafe.has_usable_password() for cafe in cafes)
    assert "production.E001" in deployment_problems()


def test_after_seeding_the_pipeline_is_in_order_and_all_can_be_ordered_as_it_is(
    loaded, client
):
    now = Order.objects.latest("placed_at").placed_at
    on_sale = [live_release(each.slug) for each in list_products()]
    pages = [client.get(f"/shop/{each.product}/") for each in on_sale]
    lists = [_begin_list(each, now) for each in on_sale if each.kind == "CONFIGURABLE"]

    assert check_pipeline(now=now).alarms == ()
    assert len(pages) == len(read_products())
    offered = [each for each in pages if b'formaction="/cart/add/' in each.content]
    assert offered == pages
    assert {each.product for each in on_sale} > {"beer", "croissants", "flyers"}
    assert [each.release.product for each in lists if not each.is_good] == []


def _begin_list(release, now):
    """Send the list that a team is given to begin with."""
    choices = default_choices(release.definition)
    lines = template_lines(release.definition, choices)
    table = read_text("\n".join("\t".join(line) for line in lines))
    return check_roster(release=release, table=table, choices=choices, now=now)
