import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from configurator.apps import find_toys
from configurator.settings import database_from_url, env_bool, env_int, env_list


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in ("DATABASE_PASSWORD", "DATABASE_PASSWORD_FILE", "DATABASE_POOL"):
        monkeypatch.delenv(name, raising=False)


def postgres(**words):
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
        **words,
    }


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql:///shop", {}),
        ("postgres://ann@db:5433/shop", {"USER": "ann", "HOST": "db", "PORT": "5433"}),
        ("postgresql://ann:a%2Fb%40c@/shop", {"USER": "ann", "PASSWORD": "a/b@c"}),
        ("postgresql://ann:@/shop?host=/run/pg", {"USER": "ann", "HOST": "/run/pg"}),
    ],
)
def test_a_postgres_address_is_taken_apart(url, words):
    assert database_from_url(url) == postgres(**words)


def test_options_of_an_address_are_passed_on_and_the_pool_can_be_left_out(monkeypatch):
    monkeypatch.setenv("DATABASE_POOL", "0")

    database = database_from_url("postgresql://db/shop?sslmode=require")

    assert database == postgres(HOST="db", OPTIONS={"sslmode": "require"})


def test_the_password_may_be_told_apart_from_the_address(monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")

    database = database_from_url("postgresql://ann@db/shop")

    assert database == postgres(USER="ann", PASSWORD="secret", HOST="db")  # noqa: S106


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/shop.sqlite3", "/srv/shop.sqlite3"),
        ("sqlite://", ":memory:"),
    ],
)
def test_a_sqlite_file_is_written_so_that_a_power_cut_loses_nothing(url, name):
    database = database_from_url(url)

    assert database["NAME"] == name
    assert database["OPTIONS"] == {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }


def test_an_unknown_database_is_refused():
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must begin with"):
        database_from_url("mysql://db/shop")


def test_words_of_the_environment_are_read_as_what_they_should_be(monkeypatch):
    monkeypatch.setenv("SWITCH", " On ")
    monkeypatch.setenv("NUMBER", "12")
    monkeypatch.setenv("LIST", "a, b,,c ")

    assert env_bool("SWITCH", default=False) is True
    assert env_bool("ABSENT", default=True) is True
    assert env_int("NUMBER", 3) == 12
    assert env_int("ABSENT", 3) == 3
    assert env_list("LIST") == ["a", "b", "c"]


@pytest.mark.parametrize("value", ["-1", "1.5", "0", "many", "²"])
def test_a_number_that_is_none_or_too_small_is_named(monkeypatch, value):
    monkeypatch.setenv("WEB_WORKERS", value)

    with pytest.raises(ImproperlyConfigured, match="WEB_WORKERS"):
        env_int("WEB_WORKERS", 2, minimum=1)


@pytest.mark.parametrize(
    ("origin", "host", "providers", "found"),
    [
        ("", "", ["dummy"], ["E001", "W001", "E002", "E003"]),
        (":8000", "mail.example", ["stripe"], ["E001", "E003"]),
        ("https://shop.example", "mail.example", ["stripe"], ["E003"]),
    ],
)
def test_a_deployment_is_told_of_toys(settings, origin, host, providers, found):
    settings.WEB_ORIGIN, settings.EMAIL_HOST = origin, host
    settings.PAYMENT_PROVIDERS = providers

    assert [str(each.id).rpartition(".")[2] for each in find_toys()] == found


@pytest.mark.django_db
def test_migrate_makes_the_table_that_commands_without_a_broker_cache_in():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache_entry")

    call_command("migrate", verbosity=0)

    assert "cache_entry" in connection.introspection.table_names()
