"""The commands that a newcomer types, and what they say when something is wrong."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from configurator.management.commands.up import (
    refuse_busy_port,
    refuse_foreign_database,
)
from tests.support import browser, postgres
from tests.support.ports import free_pair
from tests.support.requirements import do_without

ROOT = Path(__file__).parent.parent
WRONG_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 1, "final", 0)
sys.version = "3.9.1 (main)"
sys.argv = ["manage.py", "up"]
runpy.run_path("manage.py", run_name="__main__")
"""


def manage(folder: Path, *words: str, **variables: str):
    environment = {
        **os.environ,
        "VAR_DIR": str(folder),
        "DATABASE_URL": "",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def pinned(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_one_exact_version_and_nothing_else(name):
    loose = [
        line for line in pinned(name) if not re.fullmatch(r"[\w.-]+==[\w.]+", line)
    ]

    assert pinned(name) != []
    assert loose == []


def test_continuous_integration_runs_check_and_test_and_nothing_else():
    lines = (ROOT / ".ci/run").read_text().splitlines()

    assert [line for line in lines if line.startswith("make")] == [
        "make check",
        "make test",
    ]
    assert "export REQUIRE_BROWSER=1 REQUIRE_POSTGRES=1" in lines
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_help_names_each_target_and_bench_with_what_it_does_in_one_column():
    words = ["make", "--no-print-directory", "help"]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    benches = {
        f"bench-{path.stem}"
        for path in (ROOT / "tests/bench").glob("*.py")
        if "__main__" in path.read_text(encoding="utf-8")
    }

    lines = result.stdout.splitlines()
    assert benches - {line.split()[0] for line in lines} == set()
    assert {line[25:26] == " " != line[26:27] for line in lines} == {True}


def test_a_wrong_python_is_refused_in_one_line():
    result = subprocess.run(
        [sys.executable, "-c", WRONG_PYTHON],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stderr == "Python 3.11 to 3.13 is needed; this is 3.9.1.\n"
    assert result.returncode == 2


def make_run(
    folder: Path, python: str, *, called: str = ""
) -> subprocess.CompletedProcess[str]:
    """Call `make run` in a fresh folder with a Python that is a few lines of shell."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder / name)
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{python}\n")
    script.chmod(0o755)
    return subprocess.run(
        ["make", "--no-print-directory", "run", f"PYTHON={called or script}"],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_wrong_python_makes_no_environment(tmp_path):
    result = make_run(tmp_path, '[ "$1" = -V ] && echo Python 3.9.1; exit 1')

    assert result.stderr.splitlines()[0] == (
        f"Python 3.11 to 3.13 is needed; {tmp_path}/python is Python 3.9.1."
    )
    assert (result.returncode, (tmp_path / ".venv").exists()) == (2, False)


def test_a_python_that_is_not_there_is_told_in_one_line(tmp_path):
    result = make_run(tmp_path, "", called="nosuchpython")

    assert result.stderr.splitlines()[0] == (
        "Python 3.11 to 3.13 is needed; nosuchpython is not on PATH."
    )


def test_half_an_environment_is_not_taken_for_one_the_next_time(tmp_path):
    half = '[ "$1" = -c ] || { mkdir -p .venv/bin; touch .venv/bin/python; exit 1; }'

    result = make_run(tmp_path, half)

    assert "cannot make a virtual environment; install its venv" in result.stderr
    assert (result.returncode, (tmp_path / ".venv").exists()) == (2, False)


def test_a_busy_port_is_refused_in_one_line(tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])

        result = manage(tmp_path, "up", PORT=port)

    assert result.stderr.startswith(f"CommandError: Port {port} cannot be used")
    assert result.stderr.count("\n") == 1
    assert result.returncode == 2


def test_an_address_of_another_machine_is_refused_by_its_name():
    with pytest.raises(CommandError, match=r"cannot be used .* set HOST to another"):
        refuse_busy_port("192.0.2.7", 8000)


def test_a_database_of_a_newer_version_is_refused_in_one_line(tmp_path):
    with sqlite3.connect(tmp_path / "lotone.sqlite3") as database:
        database.execute(
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text,"
            " name text, applied datetime)"
        )
        database.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('orders', '9999_from_the_future', '2030-01-01')"
        )
    database.close()

    result = manage(tmp_path, "up", PORT=str(free_pair()))

    assert "orders.9999_from_the_future is not known here" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.returncode == 2


@pytest.mark.django_db
def test_a_database_half_way_to_a_step_of_today_is_refused_with_what_to_do():
    steps = MigrationRecorder(connection).migration_qs.filter(app="orders")
    newest = steps.get(name="0015_windows_and_messages")
    newest.delete()

    with pytest.raises(CommandError) as refusal:
        refuse_foreign_database()

    text = str(refusal.value)
    assert f"needs next (orders.{newest.name}); migrate it with a version" in text
    assert ("\n" in text, refusal.value.returncode) == (False, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("WORKER_PROCESSES", "two"),
        ("DATABASE_URL", "oracle://here"),
    ],
)
def test_a_bad_variable_stops_the_start_and_is_named(tmp_path, name, value):
    result = manage(tmp_path, "check", **{name: value})

    assert result.stderr.startswith(f"{name} must")
    assert (result.stderr.count("\n"), result.returncode) == (1, 2)


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    show = "from django.conf import settings; print(settings.SECRET_KEY)"

    first = manage(tmp_path, "shell", "--no-imports", "-c", show).stdout
    second = manage(tmp_path, "shell", "--no-imports", "-c", show).stdout

    assert first == second
    assert len(first.strip()) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from-a-file\n")
    show = "from django.conf import settings; print(settings.SECRET_KEY)"

    result = manage(
        tmp_path,
        *("shell", "--no-imports", "-c", show),
        SECRET_KEY="",
        SECRET_KEY_FILE=str(tmp_path / "key"),
    )

    assert result.stdout == "from-a-file\n"


def test_what_is_missing_skips_a_test_and_fails_it_where_it_is_required(monkeypatch):
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is none"):
        do_without("BROWSER", "there is none")

    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_BROWSER is set, but"):
        do_without("BROWSER", "there is none")


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_a_machine_without_postgres_skips_or_fails_the_second_run(
    monkeypatch, capfd, required, code
):
    def refuse(folder, *, is_durable):
        raise postgres.NoPostgresError("it is not packed for this machine")

    monkeypatch.setattr(postgres, "start", refuse)
    monkeypatch.setenv("REQUIRE_POSTGRES", required)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert postgres.main(["false"]) == code
    assert "it is not packed for this machine" in "".join(capfd.readouterr())


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_a_machine_without_a_browser_says_why_its_tests_are_skipped(
    monkeypatch, capfd, required, code
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("REQUIRE_BROWSER", required)

    assert browser.main() == code
    assert "no apt-get to install Chromium with" in capfd.readouterr().out
