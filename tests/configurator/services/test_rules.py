"""Rules of a draft, added one by one."""

from typing import Any

import pytest

from configurator.engine.formats.release_json import read_release
from configurator.models import Rule
from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.rules import Claim, add_rule, write_sentence
from tests.factories.catalogue import make_draft, make_release, mug_document

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {
    "code": "NEW",
    "text": "colour = GOLD => size = L",
    "reason": {"en": "So."},
}


def test_a_rule_stands_behind_all_others():
    release = make_draft()

    add_rule(release_id=release.pk, **GOOD)

    found = release.rules.values_list("code", "text", "reason").last()
    assert found == tuple(GOOD.values())


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"text": "colour = GOLD =>"}, "text", "line 1, column 17: expected"),
        (
            {"text": "colour = PINK"},
            "text",
            "line 1, column 10: 'colour' has no option",
        ),
        ({"text": ""}, "text", "line 1, column 1"),
        ({"code": "R1"}, "code", "already"),
        ({"code": " "}, "code", "needs a code"),
    ],
)
def test_a_fault_is_told_with_its_place_and_nothing_is_added(change, field, message):
    release = make_draft()
    n_before = release.rules.count()

    with pytest.raises(DomainError, match=message) as caught:
        add_rule(release_id=release.pk, **{**GOOD, **change})

    assert caught.value.field == field
    assert release.rules.count() == n_before


def test_what_else_is_wrong_with_a_draft_does_not_stand_in_the_way():
    release = make_draft()
    Rule.objects.create(release=release, code="OLD", text="nonsense =", reason={})

    add_rule(release_id=release.pk, **GOOD)

    assert release.rules.filter(code="NEW").exists()


def test_what_is_on_sale_takes_no_rule():
    release = make_release()

    with pytest.raises(ConflictError):
        add_rule(release_id=release.pk, **GOOD)
    with pytest.raises(NotFoundError):
        add_rule(release_id=0, **GOOD)


@pytest.mark.parametrize(
    ("when", "then", "text"),
    [
        (Claim("colour=GOLD"), Claim("size=S", False), "colour = GOLD => size != S"),
        (None, Claim("size=S"), "size = S"),
        (Claim("extras=BOX", False), Claim("text"), "!(extras has BOX) => text"),
        (Claim("text"), Claim("extras=BOX"), "text => extras has BOX"),
    ],
)
def test_a_sentence_becomes_a_rule(when, then, text):
    definition = read_release(mug_document())

    assert write_sentence(definition, when=when, then=then) == text


@pytest.mark.parametrize("what", ["", "colour", "colour=PINK", "text=X", "shape=ROUND"])
def test_half_a_sentence_about_nothing_is_refused(what):
    definition = read_release(mug_document())

    with pytest.raises(DomainError, match="nothing of this product"):
        write_sentence(definition, when=None, then=Claim(what))
