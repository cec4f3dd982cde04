"""Triggers by which the database itself refuses to change what is immutable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

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

# Table -> the release that a row belongs to: only a draft can be edited.
RELEASE_OF_OWNER = "(SELECT release_id FROM configurator_{} WHERE id = {{row}}.{})"
DRAFTED_TABLES: Mapping[str, str] = {
    "configurator_characteristic": "{row}.release_id",
    "configurator_option": RELEASE_OF_OWNER.format(
        "characteristic", "characteristic_id"
    ),
    "configurator_rule": "{row}.release_id",
    "configurator_pricelist": "{row}.release_id",
    "configurator_pricerule": RELEASE_OF_OWNER.format("pricelist", "price_list_id"),
    "configurator_bomline": "{row}.release_id",
    "configurator_routing": "{row}.release_id",
    "configurator_routingstep": RELEASE_OF_OWNER.format("routing", "routing_id"),
}
ONLY_IN_DRAFTS = "only_in_drafts"
IS_NO_DRAFT = (
    "EXISTS (SELECT 1 FROM configurator_cataloguerelease "
    "WHERE id IN ({releases}) AND state <> 'DRAFT')"
)

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


def keep_published_rows(connection: BaseDatabaseWrapper) -> None:
    """Lay down triggers that let rows of drafts alone be written; safe to repeat.

    With them goes no release away that is not a draft any more.
    """
    write = _sqlite_guards if connection.vendor == "sqlite" else _postgres_guards
    with connection.cursor() as cursor:
        for statement in write(_list_triggers(connection)):
            cursor.execute(statement)


def let_tables_be_rebuilt(connection: BaseDatabaseWrapper) -> None:
    """Take those triggers away: SQLite renames no table that another's trigger reads.

    A migration that rebuilds one of the tables would stop there; they come back
    when all are through.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for name in _list_triggers(connection):
            if name.endswith(f"_{ONLY_IN_DRAFTS}"):
                cursor.execute(f"DROP TRIGGER {name}")


def _list_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Give the triggers by name as SQLite keeps them; PostgreSQL replaces its own."""
    if connection.vendor != "sqlite":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _sqlite_guards(present: Mapping[str, str]) -> Iterator[str]:
    """Write what is not there yet: a database is emptied, and this done, often."""
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    guards = [(t, event, r) for t, r in DRAFTED_TABLES.items() for event in rows]
    guards.append(("configurator_cataloguerelease", "DELETE", "{row}.id"))
    for table, event, release in guards:
        name = f"{table}_{event.lower()}_{ONLY_IN_DRAFTS}"
        releases = ", ".join(release.format(row=row) for row in rows[event])
        create = (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"WHEN {IS_NO_DRAFT.format(releases=releases)} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        )
        if present.get(name) != create:
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield create


def _postgres_guards(_present: Mapping[str, str]) -> Iterator[str]:
    guards = [(t, "INSERT OR UPDATE OR DELETE", r) for t, r in DRAFTED_TABLES.items()]
    guards.append(("configurator_cataloguerelease", "DELETE", "{row}.id"))
    for table, events, release in guards:
        name = f"{table}_{ONLY_IN_DRAFTS}"
        releases = ", ".join(release.format(row=row) for row in ("OLD", "NEW"))
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN "
            f"IF {IS_NO_DRAFT.format(releases=releases)} THEN "
            "RAISE EXCEPTION '% is immutable', TG_TABLE_NAME "
            "USING ERRCODE = 'check_violation'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; "
            "END $$ LANGUAGE plpgsql"
        )
        yield (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {events} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


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
