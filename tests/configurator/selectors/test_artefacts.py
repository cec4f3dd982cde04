"""Compiled releases in memory: put out when too many, read again unnoticed."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from configurator.selectors import artefacts
from configurator.selectors.releases import release_by_id
from tests.factories.catalogue import make_release, mug_document


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.ARTEFACT_DIR = tmp_path / "artefacts"
    artefacts.forget_loaded()
    yield
    artefacts.forget_loaded()


def stored(n):
    """Compile releases whose mug costs 1000, 1001, ... and give how each is loaded."""
    found = []
    first = None
    for at in range(n):
        document = mug_document(release=str(at + 1))
        document["prices"]["entries"][0]["amount_minor"] = 1000 + at
        made = artefacts.compile_and_save(read_release(document), like=first)
        first = first or made.compiled
        found.append((artefacts.sha256_of(document), made.sha256, json.dumps(document)))
    return found


def load(sha256, artefact_sha256, text):
    return artefacts.load(
        definition_sha256=sha256,
        artefact_sha256=artefact_sha256,
        read=lambda: json.loads(text),
    )


def lowest(loaded):
    return evaluate(loaded.compiled, {}, quantity=1).lowest_total_minor


def test_the_least_recently_used_is_put_out(monkeypatch):
    monkeypatch.setattr(artefacts, "MOST_LOADED", 2)
    one, two, three = stored(3)

    first = load(*one)
    load(*two)
    assert load(*one) is first
    load(*three)

    assert [each.definition.release for each in artefacts.list_loaded()] == ["1", "3"]
    assert load(*one) is first
    assert lowest(load(*two)) == 1001


def test_large_ones_leave_room_for_fewer(monkeypatch):
    rows = stored(3)
    monkeypatch.setattr(artefacts, "MOST_BYTES", load(*rows[0]).n_bytes * 2)

    for row in rows:
        load(*row)

    assert len(artefacts.list_loaded()) == 2


def test_eviction_under_load_makes_no_error_and_no_wrong_answer(monkeypatch):
    monkeypatch.setattr(artefacts, "MOST_LOADED", 3)
    rows = stored(8)
    barrier = Barrier(6)

    def customer(number):
        barrier.wait(timeout=30)
        return [
            (at, lowest(load(*rows[at])))
            for n in range(40)
            for at in [(n * (number + 1) + number) % len(rows)]
        ]

    with ThreadPoolExecutor(6) as pool:
        answers = [each for some in pool.map(customer, range(6)) for each in some]

    assert all(total == 1000 + at for at, total in answers)
    assert len(answers) == 240
    assert len(artefacts.list_loaded()) <= 3


def test_many_that_ask_at_once_read_it_once():
    (row,) = stored(1)
    n_read = []
    barrier = Barrier(6)

    def read():
        n_read.append(1)
        return json.loads(row[2])

    def customer(_number):
        barrier.wait(timeout=30)
        return artefacts.load(
            definition_sha256=row[0], artefact_sha256=row[1], read=read
        )

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(customer, range(6)))

    assert len(n_read) == 1
    assert len(set(map(id, found))) == 1


def test_one_that_cannot_be_read_keeps_nobody_waiting():
    def fail():
        raise OSError("the database is gone")

    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            artefacts.load(definition_sha256="x", artefact_sha256="y", read=fail)
    assert artefacts.list_loaded() == []


def test_an_artefact_that_is_gone_is_made_again_once(monkeypatch):
    (row,) = stored(1)
    definition = read_release(json.loads(row[2]))
    lost = "0" * 64

    first = artefacts.map_artefact(definition, lost)
    monkeypatch.setattr(
        "configurator.engine.artefact.compile_definition", lambda *_, **__: 1 / 0
    )
    second = artefacts.map_artefact(definition, lost)

    assert first.n_products == second.n_products


@pytest.mark.django_db
def test_a_release_that_was_put_out_is_read_from_the_database_again(
    monkeypatch, django_assert_num_queries
):
    release = make_release()
    assert lowest(release_by_id(release.pk).loaded) == 1000

    with django_assert_num_queries(0):
        release_by_id(release.pk)
    artefacts.forget_loaded()
    with django_assert_num_queries(1):
        found = release_by_id(release.pk)

    assert lowest(found.loaded) == 1000
