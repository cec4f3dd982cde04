"""Drafting, publishing and withdrawing releases."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from configurator.engine.choices import evaluate
from configurator.models import CatalogueRelease, Characteristic, Product, Rule
from configurator.selectors.releases import live_release
from configurator.services.catalogue import (
    activate_scheduled,
    build_document,
    copy_release,
    create_draft,
    publish_release,
    reopen_release,
    resume_release,
    suspend_release,
    validate_release,
)
from configurator.services.drafts import plain_form
from configurator.services.errors import DomainError, IllegalMoveError, InvalidError
from configurator.services.examination import DefinitionInvalidError, examine
from configurator.states import ReleaseState
from tests.factories.catalogue import (
    NOW,
    make_draft,
    make_release,
    mug_document,
    standard_document,
)

pytestmark = pytest.mark.django_db


def state_of(release):
    return CatalogueRelease.objects.get(pk=release.pk).state


def test_a_draft_makes_the_product_too():
    release = make_draft()

    assert (release.product.slug, release.number) == ("mug", 1)
    assert state_of(release) == ReleaseState.DRAFT
    assert Product.objects.get().name == {"en": "Mug", "de": "Becher"}


def test_the_next_release_takes_the_next_number():
    make_draft(mug_document(release="7"))

    assert make_draft(mug_document(release="1")).number == 8


def test_a_document_that_is_none_is_told_by_its_path():
    document = mug_document()
    document["rules"][0]["text"] = "colour = GREEN"

    with pytest.raises(DefinitionInvalidError) as caught:
        make_draft(document)

    assert caught.value.field == "rules[0].text"
    assert Product.objects.count() == 0


@pytest.mark.parametrize("slug", ["", "With Blank", "ümlaut", "a/b", "x" * 65])
def test_a_product_needs_a_name_for_its_address(slug):
    with pytest.raises(DomainError) as caught:
        create_draft(document=mug_document(product=slug), now=NOW)

    assert caught.value.field == "product"


def test_publishing_freezes_the_document_and_updates_the_product():
    release = make_release()

    stored = CatalogueRelease.objects.get(pk=release.pk)
    assert stored.state == ReleaseState.ACTIVE
    assert stored.definition == plain_form(mug_document())
    assert stored.published_at == NOW
    assert len({stored.rules_sha256, stored.prices_sha256, stored.artefact_sha256}) == 3
    assert stored.product.from_price_minor == 1000


def test_a_change_of_price_leaves_the_other_hashes_alone():
    document = mug_document()
    document["prices"]["entries"][0]["amount_minor"] = 1100

    first, second = make_release(), make_release(document)

    assert first.prices_sha256 != second.prices_sha256
    assert first.rules_sha256 == second.rules_sha256
    assert first.manufacture_sha256 == second.manufacture_sha256


def test_publishing_supersedes_the_release_before():
    first, second = make_release(), make_release()

    assert state_of(first) == ReleaseState.SUPERSEDED
    assert state_of(second) == ReleaseState.ACTIVE
    assert second.number == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("definition", {"x": 1}), ("header", {"x": 1}), ("number", 9)),
        *(("definition_sha256", "0"), ("prices_sha256", "0")),
        *(("state", "DRAFT"), ("state", "SCHEDULED")),
    ],
)
def test_the_database_refuses_to_change_what_was_published(field, value):
    release = make_release()

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        CatalogueRelease.objects.filter(pk=release.pk).update(**{field: value})


def test_the_database_lets_a_published_release_change_its_state():
    release = make_release()

    suspend_release(release_id=release.pk)

    assert state_of(release) == ReleaseState.SUSPENDED
    resume_release(release_id=release.pk)
    assert state_of(release) == ReleaseState.ACTIVE


def test_a_superseded_release_does_not_come_back_by_resuming():
    first = make_release()
    make_release()

    with pytest.raises(IllegalMoveError):
        resume_release(release_id=first.pk)


def test_a_release_is_published_once():
    release = make_release()

    with pytest.raises(IllegalMoveError) as caught:
        publish_release(release_id=release.pk, now=NOW)

    assert caught.value.legal_moves == ["suspend"]


def test_an_impossible_draft_is_not_published_and_says_why():
    release = make_draft()
    Rule.objects.filter(code="R1").update(text="colour = GREEN")

    with pytest.raises(InvalidError) as caught:
        publish_release(release_id=release.pk, now=NOW)

    assert [each.field for each in caught.value.problems] == ["rules[0].text"]
    assert state_of(release) == ReleaseState.DRAFT


def test_a_draft_that_customers_could_not_read_is_not_published():
    document = mug_document(artwork="<svg><script/></svg>")
    document["characteristics"][4]["alphabet"] = "AB\u4e2d"
    release = make_draft(document)

    findings = validate_release(release_id=release.pk)

    assert {each.code for each in findings if each.level == "ERROR"} == {
        "artwork",
        "font",
    }
    assert state_of(release) == ReleaseState.DRAFT


def test_validation_keeps_its_findings_and_closes_the_draft():
    release = make_draft()
    Rule.objects.filter(code="R2").update(reason={})

    findings = validate_release(release_id=release.pk)

    assert [each.code for each in findings] == ["reason"]
    stored = CatalogueRelease.objects.get(pk=release.pk)
    assert stored.state == ReleaseState.VALIDATED
    assert [each["code"] for each in stored.findings] == ["reason"]
    assert reopen_release(release_id=release.pk).state == ReleaseState.DRAFT


def test_production_may_forbid_a_publication(monkeypatch):
    monkeypatch.setattr(
        "configurator.ports.ports.publish_check",
        lambda *, definition: ["There is no work centre KILN."],
    )
    release = make_draft()

    with pytest.raises(InvalidError, match="KILN"):
        publish_release(release_id=release.pk, now=NOW)


def test_a_release_for_later_waits_for_its_time():
    current, later = make_release(), make_draft()
    later.active_from = NOW + timedelta(days=1)
    later.save()

    publish_release(release_id=later.pk, now=NOW)

    assert state_of(later) == ReleaseState.SCHEDULED
    assert state_of(current) == ReleaseState.ACTIVE
    assert activate_scheduled(now=NOW + timedelta(hours=23)) == []
    assert activate_scheduled(now=NOW + timedelta(hours=24)) == [later]
    assert state_of(later) == ReleaseState.ACTIVE
    assert state_of(current) == ReleaseState.SUPERSEDED


def test_a_scheduled_release_can_be_edited_again_after_reopening():
    release = make_draft()
    release.active_from = NOW + timedelta(days=1)
    release.save()
    publish_release(release_id=release.pk, now=NOW)

    reopen_release(release_id=release.pk)
    Characteristic.objects.filter(code="colour").update(is_required=False)

    fresh = CatalogueRelease.objects.get(pk=release.pk)
    assert build_document(release=fresh)["characteristics"][0]["required"] is False


def test_a_copy_begins_as_the_same_document_under_the_next_number():
    source = make_release()

    copy = copy_release(release_id=source.pk, now=NOW)

    assert (copy.number, copy.copied_from) == (2, source)
    document = build_document(release=copy)
    assert document == {**(source.definition or {}), "release": "2"}


def test_a_standard_product_can_be_published():
    release = make_release(standard_document())

    assert release.state == ReleaseState.ACTIVE
    assert Product.objects.get(slug="juice").from_price_minor == 1490


def test_a_draft_edited_while_it_compiles_is_not_published(monkeypatch):
    release = make_draft()

    def slow(document, **options):
        examined = examine(document, **options)
        Characteristic.objects.filter(code="size").update(is_required=False)
        return examined

    monkeypatch.setattr("configurator.services.catalogue.examine", slow)

    with pytest.raises(DomainError) as caught:
        publish_release(release_id=release.pk, now=NOW)

    assert (caught.value.status, caught.value.code) == (409, "CHANGED")


def test_a_draft_edited_while_it_is_examined_is_not_validated(monkeypatch):
    release = make_draft()

    def slow(document, **options):
        examined = examine(document, **options)
        Characteristic.objects.filter(code="size").update(is_required=False)
        return examined

    monkeypatch.setattr("configurator.services.catalogue.examine", slow)

    with pytest.raises(DomainError, match="edited meanwhile"):
        validate_release(release_id=release.pk)

    assert state_of(release) == ReleaseState.DRAFT


def test_a_configuration_that_nobody_can_make_forbids_publication():
    document = mug_document()
    document["routings"][0]["when"] = "colour != GOLD"
    release = make_draft(document)

    with pytest.raises(InvalidError) as caught:
        publish_release(release_id=release.pk, now=NOW)

    assert {each.code for each in caught.value.problems} == {"no_routing"}


def test_rules_that_exclude_everything_forbid_publication():
    document = mug_document()
    rule = {"code": "R3", "text": "colour = RED & colour = BLUE", "reason": {"en": "x"}}
    document["rules"].append(rule)
    release = make_draft(document)

    (finding,) = [
        each
        for each in validate_release(release_id=release.pk)
        if each.level == "ERROR"
    ]

    assert finding.code == "void"
    assert finding.rules == ({"code": "R3", "reason": "x"},)


def test_a_change_of_price_takes_the_diagram_over(monkeypatch):
    make_release()
    document = mug_document()
    document["prices"]["entries"][0]["amount_minor"] = 1100
    monkeypatch.setattr(
        "configurator.engine.artefact.compile_definition", lambda *_, **__: 1 / 0
    )

    second = make_release(document)

    assert second.figures["is_reused"] is True
    assert second.product.releases.count() == 2
    assert Product.objects.get().from_price_minor == 1100
    assert live_release("mug").compiled.definition == live_release("mug").definition
    state = evaluate(live_release("mug").compiled, {"colour": "GOLD"}, quantity=1)
    assert state.lowest_total_minor == 1600


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["rules"].pop(),
        lambda document: document["characteristics"][0]["options"].pop(1),
        lambda document: document["prices"]["entries"].append(
            {
                "code": "BOTH",
                "label": {"en": "Both"},
                "basis": "UNIT",
                "amount_minor": 5,
                "when": "colour = GOLD & extras has LID",
            }
        ),
    ],
)
def test_any_other_change_is_compiled_anew(change):
    make_release()
    document = mug_document()
    change(document)

    assert make_release(document).figures["is_reused"] is False


def test_a_product_that_would_cost_less_than_nothing_is_not_published():
    document = mug_document()
    document["prices"]["entries"][0]["amount_minor"] = -10

    with pytest.raises(InvalidError) as caught:
        make_release(document)

    assert [each.code for each in caught.value.problems] == ["negative_price"]


def test_a_release_over_the_budget_is_answered_by_a_solver_and_says_so(settings):
    settings.COMPILE_SECONDS = 0

    release = publish_release(release_id=make_draft().pk, now=NOW)

    (finding,) = [each for each in release.findings if each["code"] == "over_budget"]
    assert "over its budget of 16777216 nodes and 0 CPU seconds" in finding["text"]
    assert release.figures["method"] == "sat"
    state = evaluate(live_release("mug").compiled, {"colour": "GOLD"}, quantity=1)
    assert not state.domains["size"]["S"].available


def test_what_a_draft_changes_against_the_release_on_sale_is_counted():
    make_release()
    document = mug_document()
    document["characteristics"][0]["options"].append({"code": "PINK", "name": {}})
    document["rules"][0]["text"] = "colour = GOLD => size = S"
    del document["rules"][1]
    document["prices"]["entries"][1]["amount_minor"] = 600
    release = make_draft(document)

    validate_release(release_id=release.pk)

    found = CatalogueRelease.objects.get(pk=release.pk).difference
    extras, heights, artwork = 7, 5, 2
    gold = extras * heights * artwork
    assert found["against"] == 1
    assert found["products"]["lost"] == str(gold)
    assert found["products"]["gained"] == str(2 * gold + 4 * gold)
    assert found["options"]["added"] == {"n": 1, "codes": ["colour=PINK"]}
    assert found["rules"]["removed"]["codes"] == ["R2"]
    assert found["rules"]["changed"]["codes"] == ["R1"]
    assert found["prices"]["changed"]["codes"] == ["GOLD"]


def test_the_first_release_of_a_product_is_compared_with_nothing():
    assert make_release().difference == {}


def test_an_option_that_nobody_can_pick_is_worth_a_warning():
    document = mug_document()
    rule = {"code": "R3", "text": "colour != BLUE", "reason": {"en": "Blue is gone."}}
    document["rules"].append(rule)

    release = make_release(document)

    assert release.state == ReleaseState.ACTIVE
    assert "dead_option" in {each["code"] for each in release.findings}
