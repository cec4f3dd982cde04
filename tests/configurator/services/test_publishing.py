"""A release is examined and published by a worker, whatever happens to it."""

from datetime import datetime, timedelta

import pytest

from configurator import tasks
from configurator.models import CatalogueRelease, Rule
from configurator.services.catalogue import publish_release, reopen_release
from configurator.services.errors import ConflictError, IllegalMoveError
from configurator.services.examination import examine
from configurator.services.publishing import (
    LEASE,
    MOST_ATTEMPTS,
    BusyError,
    ask_for_examination,
    carry_out,
    list_left_behind,
)
from tests.factories.catalogue import NOW, make_draft, make_release, mug_document
from tests.support.racing import racers

pytestmark = pytest.mark.django_db


class Clock:
    """The time of the world outside; a hundredth of a second passes at every look."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=10)
        return self.at


def asked(goal="PUBLISH", document=None):
    release = make_draft(document)
    return ask_for_examination(release_id=release.pk, goal=goal, real_now=NOW)


def fresh(release):
    return CatalogueRelease.objects.get(pk=release.pk)


def test_a_worker_publishes_what_was_asked_for():
    release = asked()
    assert (release.examination, release.state) == ("WAITING", "DRAFT")

    assert carry_out(release_id=release.pk, now=NOW, clock=Clock())

    found = fresh(release)
    assert (found.examination, found.examination_percent) == ("DONE", 100)
    assert (found.state, found.published_at) == ("ACTIVE", NOW)
    assert found.figures["method"] == "diagram"


def test_a_worker_examines_without_publishing():
    release = asked("VALIDATE")

    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    found = fresh(release)
    assert (found.examination, found.state) == ("DONE", "VALIDATED")
    assert found.figures["products"] == str(3 * 2 * 7 * 5 * 4 - 7 * 5 * (4 + 2))


def test_progress_is_told_while_the_release_still_is_a_draft(monkeypatch):
    release = asked()
    seen = []
    write = CatalogueRelease.objects.filter

    def watch(**columns):
        found = fresh(release)
        seen.append((found.examination_phase, found.examination_percent, found.state))
        return write(**columns)

    monkeypatch.setattr(CatalogueRelease.objects, "filter", watch)
    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    phases = dict.fromkeys(phase for phase, _, state in seen if state == "DRAFT")
    percents = [percent for _, percent, _ in seen]
    assert [phase for phase in phases if phase] == ["read", "compile", "lint"]
    assert percents == sorted(percents)


def test_a_faulty_release_fails_with_its_problems_and_the_live_one_stays():
    live = make_release()
    release = asked()
    Rule.objects.filter(release=release, code="R1").update(text="colour = GREEN")

    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    found = fresh(release)
    assert (found.examination, found.state) == ("FAILED", "DRAFT")
    assert found.problems == [
        {
            "code": "definition",
            "message": "line 1, column 10: 'colour' has no option 'GREEN'",
            "field": "rules[0].text",
        }
    ]
    assert [each["code"] for each in found.findings] == ["definition"]
    assert fresh(live).state == "ACTIVE"


def test_a_void_release_names_the_rules_at_fault_and_their_reasons():
    document = mug_document()
    document["rules"] += [
        {"code": "R3", "text": "colour = GOLD", "reason": {"en": "Only gold."}},
        {"code": "R4", "text": "size = S", "reason": {"en": "Only small."}},
    ]
    release = asked(document=document)

    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    (finding,) = [each for each in fresh(release).findings if each["code"] == "void"]
    assert finding["rules"] == [
        {"code": "R1", "reason": "The gold leaf needs the large mug."},
        {"code": "R3", "reason": "Only gold."},
        {"code": "R4", "reason": "Only small."},
    ]


def test_what_runs_twice_happens_once():
    release = asked()

    first, second = (
        carry_out(release_id=release.pk, now=NOW, clock=Clock()) for _ in range(2)
    )

    assert (first, second) == (True, False)
    assert fresh(release).examination_attempt == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_does_it():
    release = asked()

    with racers(2) as race:
        answers = race(
            *[lambda: carry_out(release_id=release.pk, now=NOW, clock=Clock())] * 2
        )

    assert sorted(answers) == [False, True]
    assert fresh(release).state == "ACTIVE"


def test_a_lost_message_is_found_by_the_sweep(monkeypatch):
    release = asked()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + LEASE)

    assert list_left_behind(real_now=NOW) == []
    tasks.continue_examinations()

    assert fresh(release).state == "ACTIVE"
    assert list_left_behind(real_now=NOW + 2 * LEASE) == []


class KilledError(BaseException):
    """The worker's process is gone: nothing of it goes on."""


def killed_while_examining(monkeypatch, release, clock):
    with monkeypatch.context() as patch:
        patch.setattr("configurator.services.catalogue.examine", lambda *_, **__: die())
        with pytest.raises(KilledError):
            carry_out(release_id=release.pk, now=NOW, clock=clock)


def die():
    raise KilledError


def test_another_worker_goes_on_where_one_died(monkeypatch):
    release, clock = asked(), Clock()

    killed_while_examining(monkeypatch, release, clock)

    assert fresh(release).examination == "RUNNING"
    assert list_left_behind(real_now=clock.at + LEASE / 2) == []
    assert not carry_out(release_id=release.pk, now=NOW, clock=clock)
    clock.at += LEASE
    assert list_left_behind(real_now=clock()) == [release.pk]
    assert carry_out(release_id=release.pk, now=NOW, clock=clock)
    assert (fresh(release).examination, fresh(release).state) == ("DONE", "ACTIVE")


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(monkeypatch):
    release, clock = asked("VALIDATE"), Clock()

    def slow(document, **options):
        if fresh(release).examination_attempt == 1:
            clock.at += 2 * LEASE
            carry_out(release_id=release.pk, now=NOW, clock=clock)
        return examine(document, **options)

    monkeypatch.setattr("configurator.services.catalogue.examine", slow)

    assert not carry_out(release_id=release.pk, now=NOW, clock=clock)

    found = fresh(release)
    assert (found.examination, found.examination_attempt) == ("DONE", 2)
    assert found.problems == []


def test_a_worker_that_dies_after_its_work_leaves_a_published_release(monkeypatch):
    release, clock = asked(), Clock()
    with monkeypatch.context() as patch:
        patch.setattr(
            "configurator.services.publishing._Claim.finish", lambda *_: die()
        )
        with pytest.raises(KilledError):
            carry_out(release_id=release.pk, now=NOW, clock=clock)
    assert (fresh(release).examination, fresh(release).state) == ("RUNNING", "ACTIVE")

    clock.at += 2 * LEASE
    carry_out(release_id=release.pk, now=NOW, clock=clock)

    assert fresh(release).examination == "DONE"
    assert fresh(release).published_at == NOW


def test_a_release_that_kills_its_workers_is_given_up(monkeypatch):
    release, clock = asked(), Clock()
    for _ in range(MOST_ATTEMPTS):
        killed_while_examining(monkeypatch, release, clock)
        clock.at += 2 * LEASE

    carry_out(release_id=release.pk, now=NOW, clock=clock)

    found = fresh(release)
    assert (found.examination, found.state) == ("FAILED", "DRAFT")
    assert [each["code"] for each in found.problems] == ["interrupted"]


def test_an_error_that_nobody_expected_is_raised_and_told(monkeypatch):
    release = asked()
    monkeypatch.setattr(
        "configurator.services.catalogue.examine", lambda *_, **__: 1 / 0
    )

    with pytest.raises(ZeroDivisionError):
        carry_out(release_id=release.pk, now=NOW, clock=Clock())

    assert fresh(release).examination == "FAILED"
    assert [each["code"] for each in fresh(release).problems] == ["failed"]


def test_one_cannot_ask_twice_nor_reopen_what_is_being_examined():
    release = asked("VALIDATE")

    with pytest.raises(BusyError):
        ask_for_examination(release_id=release.pk, goal="PUBLISH", real_now=NOW)
    CatalogueRelease.objects.filter(pk=release.pk).update(state="VALIDATED")
    with pytest.raises(ConflictError):
        reopen_release(release_id=release.pk)


def test_what_failed_can_be_asked_for_again():
    release = asked()
    Rule.objects.filter(release=release, code="R1").update(text="colour = GREEN")
    carry_out(release_id=release.pk, now=NOW, clock=Clock())
    Rule.objects.filter(release=release, code="R1").update(text="colour = GOLD")

    ask_for_examination(release_id=release.pk, goal="VALIDATE", real_now=NOW)
    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    assert (fresh(release).examination, fresh(release).problems) == ("DONE", [])


def test_what_is_published_is_not_examined_again():
    with pytest.raises(IllegalMoveError):
        ask_for_examination(release_id=make_release().pk, goal="PUBLISH", real_now=NOW)


def test_a_release_published_meanwhile_by_hand_counts_as_done():
    release = asked()
    publish_release(release_id=release.pk, now=NOW)

    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    assert fresh(release).examination == "DONE"


def test_reopening_forgets_what_was_found():
    release = asked("VALIDATE")
    carry_out(release_id=release.pk, now=NOW, clock=Clock())

    reopen_release(release_id=release.pk)

    found = fresh(release)
    assert (found.examination, found.figures, found.difference) == ("NONE", {}, {})
