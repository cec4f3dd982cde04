"""What the database itself refuses: changes of the rows of a published release."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from configurator.models import CatalogueRelease, Option
from configurator.services.catalogue import copy_release
from configurator.services.drafts import read_document
from configurator.services.immutable import (
    keep_published_rows,
    let_tables_be_rebuilt,
)
from tests.factories.catalogue import NOW, make_release

pytestmark = pytest.mark.django_db
CHANGES = {
    "characteristic": "kind = 'TEXT'",
    "option": "code = 'X'",
    "rule": "text = 'colour = GOLD => size = S'",
    "pricelist": "currency = 'USD'",
    "pricerule": "amount_minor = 1",
    "bomline": "quantity = 1",
    "routing": "yield_bp = 1",
    "routingstep": "run_ms = 1",
}


def refuses(statement):
    with (
        pytest.raises(DatabaseError, match="immutable"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("name", CHANGES)
def test_rows_of_a_published_release_are_neither_changed_nor_added_nor_deleted(name):
    release = make_release()
    document = read_document(release)
    model = apps.get_model("configurator", name)
    table = model._meta.db_table
    columns = [f'"{each.column}"' for each in model._meta.fields[1:]]
    listed = ", ".join(columns)

    refuses(f"UPDATE {table} SET {CHANGES[name]}")  # noqa: S608 -- our own words
    refuses(f"DELETE FROM {table}")  # noqa: S608 -- our own words
    again = f"SELECT {listed} FROM {table}"  # noqa: S608 -- our own words
    refuses(f"INSERT INTO {table} ({listed}) {again}")

    assert read_document(release) == document


def test_a_release_is_deleted_as_long_as_it_is_a_draft():
    release = make_release()
    draft = copy_release(release_id=release.pk, now=NOW)

    draft.delete()

    refuses("DELETE FROM configurator_cataloguerelease")
    assert list(CatalogueRelease.objects.all()) == [release]


def test_rows_of_a_draft_change_but_do_not_move_into_what_is_published():
    release = make_release()
    draft = copy_release(release_id=release.pk, now=NOW)
    colours = Option.objects.filter(
        characteristic__release=draft, characteristic__code="colour"
    )

    colours.update(tint="#000000")

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        colours.update(characteristic=release.characteristics.get(code="size"))
    assert set(colours.values_list("tint", flat=True)) == {"#000000"}


def test_guards_let_a_migration_rebuild_their_tables_and_come_back():
    make_release()

    let_tables_be_rebuilt(connection)
    if connection.vendor == "sqlite":
        rebuild("configurator_pricelist")
    keep_published_rows(connection)

    refuses("DELETE FROM configurator_pricerule")


def rebuild(table):
    """Replace a table as Django's migrations do on SQLite."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        [(create,)] = cursor.fetchall()
        cursor.execute(create.replace(table, "new_table", 1))
        cursor.execute(f"INSERT INTO new_table SELECT * FROM {table}")  # noqa: S608
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(f"ALTER TABLE new_table RENAME TO {table}")
