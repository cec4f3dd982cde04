"""Moves of a life cycle, raced and refused."""

import pytest

from configurator.models import CatalogueRelease
from configurator.services.errors import IllegalMoveError
from configurator.services.moves import move, move_one
from configurator.states import RELEASE_MOVES, ReleaseState
from tests.factories.catalogue import make_draft

pytestmark = pytest.mark.django_db


def test_a_move_changes_row_and_object():
    release = make_draft()

    move_one(release, to=ReleaseState.VALIDATED, moves=RELEASE_MOVES)

    assert release.state == ReleaseState.VALIDATED
    release.refresh_from_db()
    assert release.state == ReleaseState.VALIDATED


def test_an_illegal_move_lists_the_legal_ones():
    release = make_draft()

    with pytest.raises(IllegalMoveError) as caught:
        move_one(release, to=ReleaseState.ACTIVE, moves=RELEASE_MOVES)

    assert caught.value.status == 409
    assert caught.value.legal_moves == ["publish", "validate"]
    assert caught.value.extra == {
        "state": "DRAFT",
        "legal_moves": ["publish", "validate"],
    }


def test_the_slower_of_two_is_told_where_the_row_stands_by_now():
    slower = make_draft()
    faster = CatalogueRelease.objects.get(pk=slower.pk)
    move_one(faster, to=ReleaseState.VALIDATED, moves=RELEASE_MOVES)

    with pytest.raises(IllegalMoveError) as caught:
        move_one(slower, to=ReleaseState.VALIDATED, moves=RELEASE_MOVES)

    assert caught.value.extra["state"] == "VALIDATED"
    assert caught.value.legal_moves == ["publish", "reopen", "validate"]


def test_a_move_of_many_counts_only_those_that_stood_there():
    first, second = make_draft(), make_draft()
    move_one(first, to=ReleaseState.VALIDATED, moves=RELEASE_MOVES)

    n_moved = move(
        CatalogueRelease,
        ids=[first.pk, second.pk],
        from_=ReleaseState.DRAFT,
        to=ReleaseState.VALIDATED,
        moves=RELEASE_MOVES,
        extra_updates={"findings": [{"code": "x"}]},
    )

    assert n_moved == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.findings, second.findings) == ([], [{"code": "x"}])
