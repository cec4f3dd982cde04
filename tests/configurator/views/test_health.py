import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from configurator.selectors import health
from configurator.selectors.health import Finding


def test_a_living_process_asks_nothing_of_the_database(client):
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_readiness_names_each_thing_and_says_that_boards_poll(client, settings):
    settings.CELERY_BROKER_URL = "filesystem://"
    (settings.BROKER_DIR / "messages").mkdir(parents=True, exist_ok=True)

    response = client.get("/readyz")

    checks = response.json()["checks"]
    assert response.status_code == 200
    assert checks["database"] == {"ok": True, "text": connection.vendor}
    assert checks["migrations"]["ok"]
    assert checks["broker"]["text"] == "files; no Redis, so boards poll every 10 s"


@pytest.mark.django_db
@override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
def test_a_broker_that_is_away_is_said_and_does_not_stop_the_pages(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert not response.json()["checks"]["broker"]["ok"]


@pytest.mark.django_db
def test_a_database_behind_this_code_is_not_ready(client, monkeypatch):
    known = health.known_migrations()
    monkeypatch.setattr(health, "known_migrations", lambda: known | {("orders", "9")})

    response = client.get("/readyz")

    assert response.status_code == 503
    text = "1 not applied, first orders.9"
    assert response.json()["checks"]["migrations"] == {"ok": False, "text": text}


@pytest.mark.django_db
def test_a_database_ahead_of_this_code_is_not_ready(monkeypatch):
    newer = next(key for key in health.known_migrations() if key[0] == "orders")
    known = health.known_migrations() - {newer}
    monkeypatch.setattr(health, "known_migrations", lambda: known)

    text = f"the database is newer than this code: {'.'.join(newer)}"
    assert health.find_migrations() == Finding("migrations", is_ok=False, text=text)


@pytest.mark.django_db
def test_a_database_that_once_took_smaller_steps_is_ready():
    steps = health.replaced_migrations()
    assert steps
    for app, name in steps:
        MigrationRecorder(connection).record_applied(app, name)

    assert health.find_migrations().is_ok


@pytest.mark.parametrize(
    ("token", "headers", "address", "status"),
    [
        ("", {}, "127.0.0.1", 200),
        ("", {}, "203.0.113.9", 403),
        ("", {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1", 403),
        ("secret", {}, "127.0.0.1", 403),
        ("secret", {"Authorization": "Bearer secret"}, "203.0.113.9", 200),
        ("secret", {"Authorization": "Bearer other"}, "203.0.113.9", 403),
    ],
)
def test_metrics_are_for_this_machine_or_for_the_token(
    client, settings, token, headers, address, status
):
    settings.METRICS_TOKEN = token

    response = client.get("/metrics", headers=headers, REMOTE_ADDR=address)

    assert response.status_code == status
    assert (b"django_http_requests" in response.content) == (status == 200)
