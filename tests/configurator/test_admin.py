"""The catalogue in Django's admin."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from configurator.models import ApiKey, Availability, CatalogueRelease, Option, Rule
from configurator.selectors.api_keys import get_usable_api_key
from configurator.selectors.roles import CATALOGUE_ADMIN
from tests.factories.access import NOW, make_user
from tests.factories.catalogue import make_draft, make_release

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


def test_a_draft_is_validated_published_stopped_and_sold_again(client):
    release = make_draft()
    states = []

    for action in ("validate", "publish", "suspend", "resume"):
        response = act(client, action, release)
        assert {level for level, _text in told(response)} == {"success"}
        states.append(state_of(release))

    assert states == ["VALIDATED", "ACTIVE", "SUSPENDED", "ACTIVE"]


def test_a_copy_is_a_new_draft(client):
    response = act(client, "copy_as_draft", make_release())

    assert told(response) == [("success", "mug 2 is a copy of mug 1.")]
    assert CatalogueRelease.objects.get(number=2).state == "DRAFT"


def test_a_faulty_draft_is_refused_with_the_place_of_the_fault(client):
    release = make_draft()
    Rule.objects.filter(code="R1").update(text="colour = GREEN")

    response = act(client, "publish", release)

    ((level, text),) = told(response)
    assert (level, text.partition(":")[0]) == ("error", "rules[0].text")
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
