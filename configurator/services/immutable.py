"""Triggers by which the database itself refuses to change what is immutable."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

# Table -> columns that may never change once the row's condition holds. Migrations
# on SQLite rebuild tables and lose their triggers, so they are laid down again
# after every migrate instead of in a migration.
CATALOGUE_TABLES: Mapping[str, tuple[Sequence[str], str]] = {
    "configurator_cataloguerelease": (
        (
            *("definition", "definition_sha256", "number", "product_id", "header"),
            *("rules_sha256", "prices_sha256", "manufacture_sha256", "artefact_sha256"),
        ),
        "OLD.state NOT IN ('DRAFT', 'VALIDATED')",
    ),
    # Texts are erased, or come back with the next who chooses them; the hash stays.
    "configurator_configuration": (
        ("sha256", "choices", "canonical"),
        "OLD.sha256 <> NEW.sha256 OR (OLD.erased_at IS NULL) = (NEW.erased_at IS NULL)",
    ),
}

# Else what was published could be edited by way of a draft.
NEVER_DRAFTS_AGAIN: Mapping[str, tuple[Sequence[str], str]] = {
    "configurator_cataloguerelease": (
        ("state",),
        (
            "OLD.state NOT IN ('DRAFT', 'VALIDATED', 'SCHEDULED') "
            "AND NEW.state IN ('DRAFT', 'VALIDATED', 'SCHEDULED')"
        ),
    ),
}

REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
    "RAISE EXCEPTION '% is immutable', TG_TABLE_NAME "
    "USING ERRCODE = 'check_violation'; END $$ LANGUAGE plpgsql"
)


def install_triggers(
    connection: BaseDatabaseWrapper,
    tables: Mapping[str, tuple[Sequence[str], str]],
    *,
    suffix: str = "immutable",
) -> None:
    """Lay down one update trigger for each table; safe to repeat."""
    with connection.cursor() as cursor:
        for table, (columns, condition) in tables.items():
            name, vendor = f"{table}_{suffix}", connection.vendor
            for statement in _statements(vendor, table, name, columns, condition):
                cursor.execute(statement)


def refuse_deletes(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    """Lay down a trigger on each table that lets no row go; safe to repeat.

    PostgreSQL empties tables by TRUNCATE, which fires none of these. SQLite knows only
    DELETE: there, whoever empties a whole database first drops its ``_append_only``
    triggers, and the next migrate lays them down again.
    """
    with connection.cursor() as cursor:
        for table in tables:
            for statement in _delete_statements(connection.vendor, table):
                cursor.execute(statement)


def _delete_statements(vendor: str, table: str) -> list[str]:
    name = f"{table}_append_only"
    if vendor == "sqlite":
        create = (
            f"CREATE TRIGGER {name} BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return [f"DROP TRIGGER IF EXISTS {name}", create]
    create = (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    return [REFUSE_CHANGE, create]


def _statements(
    vendor: str, table: str, name: str, columns: Sequence[str], condition: str
) -> list[str]:
    message = f"{table} is immutable"
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in columns)
    when = f"({condition}) AND ({changed})"
    if vendor == "sqlite":
        create = (
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} "
            f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return [f"DROP TRIGGER IF EXISTS {name}", create]
    create = (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION refuse_change()"
    )
    return [REFUSE_CHANGE, create]
