"""The catalogue in Django's admin."""

import html
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from configurator.models import ApiKey, Availability, CatalogueRelease, Option, Rule
from configurator.selectors.api_keys import get_usable_api_key
from configurator.selectors.roles import CATALOGUE_ADMIN
from configurator.services.publishing import carry_out
from tests.factories.access import NOW, make_user
from tests.factories.catalogue import make_draft, make_release, mug_document

pytestmark = pytest.mark.django_db
RELEASES = reverse("admin:configurator_cataloguerelease_changelist")


@pytest.fixture
def client():
    user = make_user("clara", is_staff=True)
    user.groups.add(Group.objects.create(name=CATALOGUE_ADMIN))
    client = Client()
    client.force_login(user)
    return client


def act(client, action, *releases):
    chosen = [release.pk for release in releases]
    return client.post(RELEASES, {"action": action, "_selected_action": chosen})


def told(response):
    return [(each.level_tag, str(each)) for each in get_messages(response.wsgi_request)]


def state_of(release):
    return CatalogueRelease.objects.get(pk=release.pk).state


def examination_of(release):
    name = "admin:configurator_cataloguerelease_examination"
    return reverse(name, args=[release.pk])


def let_the_worker_work(release):
    return carry_out(release_id=release.pk, now=NOW, clock=lambda: NOW)


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def test_it_shows_and_reads_times_as_the_shop_s_clocks_do_and_has_an_icon(client):
    release = make_draft()

    page = client.get(RELEASES).content.decode()
    change = reverse("admin:configurator_cataloguerelease_change", args=[release.pk])
    shown = client.get(change).content.decode()

    assert "March 2, 2026, 9 a.m." in page
    assert "March 2, 2026, 9 a.m." in shown
    assert '<link rel="icon"' in page


def test_a_draft_is_validated_published_stopped_and_sold_again(client):
    release = make_draft()
    states = []

    assert act(client, "validate", release).url == examination_of(release)
    let_the_worker_work(release)
    states.append(state_of(release))
    assert act(client, "publish", release).url == examination_of(release)
    client.post(examination_of(release), {"goal": "PUBLISH"})
    let_the_worker_work(release)
    states.append(state_of(release))
    for action in ("suspend", "resume"):
        response = act(client, action, release)
        assert {level for level, _text in told(response)} == {"success"}
        states.append(state_of(release))

    assert states == ["VALIDATED", "ACTIVE", "SUSPENDED", "ACTIVE"]


def test_the_page_of_an_examination_asks_for_itself_until_it_is_over(client):
    release = make_draft()
    act(client, "validate", release)
    CatalogueRelease.objects.update(
        examination="RUNNING", examination_phase="compile", examination_percent=40
    )

    page = client.get(examination_of(release))
    part = client.get(examination_of(release), headers={"HX-Request": "true"})

    assert 'hx-trigger="every 1s"' in part.content.decode()
    assert "Look again" in text_of(page)
    assert '<progress id="progress" max="100" value="40">' in page.content.decode()
    assert "Compiling the rules" in text_of(part)
    assert "<html" not in part.content.decode()
    for response in (page, part):
        assert "style=" not in response.content.decode()
        assert "onclick" not in response.content.decode()
    CatalogueRelease.objects.update(examination="WAITING")
    let_the_worker_work(release)
    over = client.get(examination_of(release), headers={"HX-Request": "true"})
    assert "hx-trigger" not in over.content.decode()


def test_what_changes_is_shown_before_it_can_be_published(client):
    make_release()
    document = mug_document()
    del document["characteristics"][0]["options"][1]
    document["prices"]["entries"][0]["amount_minor"] = 1100
    release = make_draft(document)

    before = client.get(examination_of(release))
    act(client, "validate", release)
    let_the_worker_work(release)
    after = client.get(examination_of(release))

    assert b'value="PUBLISH"' not in before.content
    assert b'value="PUBLISH"' in after.content
    shown = text_of(after)
    assert "What changes against release 1, which is on sale" in shown
    assert "Products lost 280 Products gained 0" in shown
    assert "Options 0 1: colour=BLUE 0" in shown
    assert "Prices 0 0 1: BASE" in shown


def test_what_was_examined_against_another_release_is_examined_again(client):
    release = make_draft()
    act(client, "validate", release)
    let_the_worker_work(release)
    make_release()

    page = client.get(examination_of(release))

    assert b'value="PUBLISH"' not in page.content
    assert "Examine it again" in text_of(page)


def test_a_contradiction_is_shown_with_the_rules_and_reasons_at_fault(client):
    document = mug_document()
    document["rules"].append(
        {"code": "R3", "text": "colour = GOLD & size = S", "reason": {"en": "No."}}
    )
    release = make_draft(document)
    act(client, "validate", release)
    let_the_worker_work(release)

    shown = text_of(client.get(examination_of(release)))

    assert "R1, R3 contradict each other" in shown
    assert "R1 : The gold leaf needs the large mug. R3 : No." in shown


def test_a_release_over_the_budget_is_told(client, settings):
    settings.COMPILE_SECONDS = 0
    release = make_draft()
    act(client, "validate", release)
    let_the_worker_work(release)

    shown = text_of(client.get(examination_of(release)))

    assert "Answers come from solver" in shown
    assert "over its budget" in shown


def test_the_worker_is_woken_once_the_row_is_written(
    client, monkeypatch, django_capture_on_commit_callbacks
):
    release, sent = make_draft(), []
    monkeypatch.setattr(
        "configurator.tasks.examine_release.apply_async", lambda **to: sent.append(to)
    )

    with django_capture_on_commit_callbacks(execute=True):
        act(client, "validate", release)

    assert sent == [{"kwargs": {"release_id": release.pk}, "expires": 60}]


def test_a_copy_is_a_new_draft(client):
    response = act(client, "copy_as_draft", make_release())

    assert told(response) == [("success", "mug 2 is a copy of mug 1.")]
    assert CatalogueRelease.objects.get(number=2).state == "DRAFT"


def test_a_faulty_draft_is_refused_with_the_place_of_the_fault(client):
    release = make_draft()
    Rule.objects.filter(code="R1").update(text="colour = GREEN")

    act(client, "validate", release)
    let_the_worker_work(release)

    shown = text_of(client.get(examination_of(release)))
    assert "rules[0].text" in shown
    assert "line 1, column 10: 'colour' has no option 'GREEN'" in shown
    assert state_of(release) == "DRAFT"


def test_an_illegal_move_is_told(client):
    response = act(client, "suspend", make_draft())

    ((level, text),) = told(response)
    assert (level, "DRAFT" in text) == ("error", True)


@pytest.mark.parametrize("make", [make_draft, make_release])
def test_every_page_of_a_release_opens(client, make):
    release = make()
    names = [
        ("cataloguerelease", release.pk),
        ("characteristic", release.characteristics.get(code="colour").pk),
        ("pricelist", release.price_list.pk),
        ("routing", release.routings.first().pk),
        ("product", release.product_id),
    ]

    for name, pk in names:
        response = client.get(reverse(f"admin:configurator_{name}_change", args=[pk]))
        assert response.status_code == 200
        assert "style=" not in re.sub(r"<svg.*?</svg>", "", response.content.decode())


def test_a_published_release_offers_nothing_to_save(client):
    release = make_release()
    characteristic = release.characteristics.get(code="colour")
    path = reverse("admin:configurator_characteristic_change", args=[characteristic.pk])

    page = client.get(path)
    posted = client.post(path, {"code": "changed"})

    assert b'name="_save"' not in page.content
    assert posted.status_code == 403


def test_an_option_is_added_to_a_draft(client):
    characteristic = make_draft().characteristics.get(code="colour")
    path = reverse("admin:configurator_characteristic_change", args=[characteristic.pk])
    rows = {"options-TOTAL_FORMS": 1, "options-INITIAL_FORMS": 0}
    option = {
        "options-0-code": "GREEN",
        "options-0-name": '{"en": "Green"}',
        "options-0-position": 3,
        "options-0-popularity": 0,
        "options-0-details": "{}",
    }
    own = {
        "position": 0,
        "code": "colour",
        "name": '{"en": "Colour"}',
        "kind": "CHOICE",
        "is_required": "on",
        "limits": "{}",
    }

    response = client.post(path, {**own, **rows, **option})

    assert response.status_code == 302
    assert Option.objects.filter(characteristic=characteristic, code="GREEN").exists()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("product", 200),
        ("availability", 200),
        ("configuration", 200),
        ("design", 403),
        ("upload", 403),
        ("user", 403),
        ("apikey", 403),
    ],
)
def test_whoever_keeps_the_catalogue_sees_no_more_than_it(client, name, status):
    make_release()
    client.get("/").wsgi_request.user.user_permissions.set(Permission.objects.all())
    path = reverse(f"admin:configurator_{name}_changelist")

    assert client.get(path).status_code == status
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    assert client.get(path).status_code == 200


def test_an_option_is_sold_out_by_form(client):
    release = make_release()
    path = reverse("admin:configurator_availability_add")
    row = {"product": release.product_id, "characteristic": "colour", "option": "RED"}

    assert client.post(path, row).status_code == 302
    wrong = client.post(path, {**row, "option": "GREEN"})

    assert b"has no option" in wrong.content
    stored = Availability.objects.get()
    assert (stored.option, stored.is_available) == ("RED", False)


def test_nobody_else_sees_the_catalogue():
    client = Client()
    client.force_login(make_user("paul", is_staff=True))

    assert client.get(RELEASES).status_code == 403
    assert act(client, "publish", make_draft()).status_code == 403


def test_a_key_is_shown_once_and_works(client):
    boss = make_user("ada", is_staff=True, is_superuser=True)
    client.force_login(boss)
    body = {"name": "Shop", "user": boss.pk, "scopes": ["orders:import"]}
    body |= {"expires_at_0": "", "expires_at_1": ""}

    response = client.post(reverse("admin:configurator_apikey_add"), body)

    said = " ".join(text for _level, text in told(response))
    (text,) = re.findall(r"lo1_[^;]+", said)
    key = get_usable_api_key(text=text, now=NOW)
    assert (key.name, key.scopes) == ("Shop", ["orders:import"])
    assert ApiKey.objects.count() == 1
    changelist = reverse("admin:configurator_apikey_changelist")
    assert text in client.get(changelist).content.decode()
    assert text not in client.get(changelist).content.decode()
    client.post(changelist, {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_catalogue_admin_makes_no_keys(client):
    path = reverse("admin:configurator_apikey_add")

    assert client.get(path).status_code == 403
