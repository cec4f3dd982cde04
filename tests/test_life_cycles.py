"""Every life cycle of the three apps: its table of moves is sound and is kept."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import CheckConstraint, TextChoices

from configurator.services.errors import IllegalMoveError
from configurator.services.moves import check_move
from configurator.states import MoveTable

APPS = ("configurator", "orders", "production")


def tables() -> Iterator[tuple[str, MoveTable]]:
    """Give every ``..._MOVES`` of the three modules of states, by name."""
    for app in APPS:
        module = import_module(f"{app}.states")
        for name, table in sorted(vars(module).items()):
            if name.endswith("_MOVES") and not name.startswith("_"):
                yield f"{app}.{name}", table


def life_cycles() -> Iterator[set[str]]:
    """Give the values of every choices class of the three modules of states."""
    for app in APPS:
        for found in vars(import_module(f"{app}.states")).values():
            if isinstance(found, type) and issubclass(found, TextChoices):
                yield set(found.values)


def reached(table: MoveTable, start: str) -> set[str]:
    found, todo = set(), [start]
    while todo:
        state = todo.pop()
        if state not in found:
            found.add(state)
            todo += table[state]
    return found


TABLES = dict(tables())


def test_there_is_a_table_for_each_life_cycle():
    assert len(TABLES) >= 15


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_exactly_the_states_of_one_life_cycle(name):
    assert set(TABLES[name]) in list(life_cycles())


@pytest.mark.parametrize("name", TABLES)
def test_every_target_is_a_state_of_the_same_life_cycle(name):
    table = TABLES[name]

    strangers = {to for targets in table.values() for to in targets} - set(table)

    assert strangers == set()


@pytest.mark.parametrize("name", TABLES)
def test_every_state_can_be_reached_from_one_of_the_first(name):
    """No state stands alone: some state leads, step by step, to all of them."""
    table = TABLES[name]

    assert any(reached(table, start) == set(table) for start in table)


@pytest.mark.parametrize("name", TABLES)
def test_every_life_cycle_ends_or_goes_round(name):
    """From each state there is a way to an end, or back to where it came from."""
    table = TABLES[name]
    ends = {state for state, targets in table.items() if not targets}

    for state in table:
        found = reached(table, state)
        goes_round = all(state in reached(table, other) for other in found)
        assert ends & found or goes_round, state


@pytest.mark.parametrize("name", TABLES)
def test_moves_are_asked_for_by_verbs_in_states_that_there_are(name):
    table = TABLES[name]

    assert set(table.verbs) <= set(table)
    assert all(verb == verb.lower() for state in table for verb in table.legal(state))


@pytest.mark.parametrize("name", TABLES)
def test_every_move_outside_the_table_is_refused_with_the_legal_ones(name):
    table = TABLES[name]

    for from_ in table:
        for to in set(table) - set(table[from_]):
            with pytest.raises(IllegalMoveError) as raised:
                check_move(what="it", from_=from_, to=to, moves=table)
            assert raised.value.status == 409
            assert raised.value.extra["legal_moves"] == table.legal(from_)
        for to in table[from_]:
            check_move(what="it", from_=from_, to=to, moves=table)


def state_fields() -> list[tuple[type[models.Model], str]]:
    """Give the columns that hold a state of one of the life cycles."""
    known = {tuple(sorted(table)) for table in TABLES.values()}
    return [
        (model, field.name)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if tuple(sorted(str(value) for value, _ in field.flatchoices)) in known
    ]


def test_every_table_is_about_some_column():
    columns = {
        frozenset(str(value) for value, _ in field.flatchoices)
        for model, name in state_fields()
        for field in model._meta.concrete_fields
        if field.name == name
    }

    homeless = [
        name for name, table in TABLES.items() if frozenset(table) not in columns
    ]

    assert homeless == []


@pytest.mark.parametrize(
    ("model", "name"), state_fields(), ids=lambda part: getattr(part, "__name__", part)
)
def test_the_database_knows_the_states_as_well(model, name):
    checks = [
        constraint
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint) and name in str(constraint.condition)
    ]

    assert checks


def writes_of_states(path: Path) -> Iterator[str]:
    """Give the updates of a service that set a state past the helper of moves."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        names = {each.arg for each in node.keywords}
        if node.func.attr == "update" and "state" in names:
            yield f"{path.parent.parent.name}/{path.name}:{node.lineno}"


def test_no_service_of_the_floor_moves_a_row_past_its_table():
    services = Path(apps.get_app_config("production").path) / "services"

    found = [each for path in services.glob("*.py") for each in writes_of_states(path)]

    assert found == []


@pytest.mark.django_db
def test_the_database_refuses_a_state_that_is_none():
    from tests.factories.floor import make_work_order, step

    work_order = make_work_order(step("SAW"))

    for rows in (work_order.operations.all(), type(work_order).objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="LOST")


@pytest.mark.django_db
def test_the_database_refuses_a_source_and_a_delivery_that_is_none():
    from tests.factories.floor import make_work_order, step
    from tests.factories.orders import make_order

    work_order = make_work_order(step("SAW"))
    order = make_order()

    for row, name in ((work_order, "source_kind"), (order, "delivery")):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**{name: "LOST"})
