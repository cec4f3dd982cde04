"""Saved designs: pictures, names, links that outlive a release, undo."""

import pytest
from django.test import Client

from configurator.models import Design
from configurator.services.designs import (
    KEPT_DELETED,
    MOST_DESIGNS,
    delete_design,
    forget_deleted_designs,
    save_design,
)
from tests.factories.access import make_user
from tests.factories.catalogue import NOW, make_release, mug_document

pytestmark = pytest.mark.django_db
FORM = {"c.colour": "RED", "c.text": " Ada ", "quantity": "1"}


@pytest.fixture
def anna(mug) -> Client:
    client = Client()
    client.force_login(make_user("anna"))
    return client


def test_a_design_is_saved_from_the_configurator_and_shown_with_its_picture(anna):
    saved = anna.post("/shop/mug/save/", FORM)

    html = anna.get("/designs/").content.decode()
    design = Design.objects.get()
    picture = anna.get(f"/designs/{design.token}/picture.png")
    assert saved["Location"] == "/designs/"
    assert design.choices == {"colour": "RED", "text": " Ada "}
    assert f"/designs/{design.token}/picture.png" in html
    assert f'value="http://testserver/designs/{design.token}/"' in html
    assert picture.content.startswith(b"\x89PNG")


def test_a_guests_design_waits_until_they_have_signed_in(client, mug):
    asked = client.post("/shop/mug/save/", FORM)
    n_before = Design.objects.count()
    client.force_login(make_user("anna"))

    html = client.get("/designs/").content.decode()
    client.get("/designs/")

    assert asked["Location"] == "/accounts/login/?next=/designs/"
    assert n_before == 0
    assert "Your design is saved." in html
    assert Design.objects.get().owner is not None


def test_the_link_opens_the_product_for_anybody(anna):
    anna.post("/shop/mug/save/", FORM)
    token = Design.objects.get().token

    opened = Client().get(f"/designs/{token}/")

    address = opened["Location"]
    assert address == "/shop/mug/?c.colour=RED&c.text=+Ada+&quantity=1"


def test_a_link_survives_a_new_release_and_says_what_is_gone(anna):
    anna.post("/shop/mug/save/", FORM)
    document = mug_document()
    colours = document["characteristics"][0]
    colours["options"] = [o for o in colours["options"] if o["code"] != "RED"]
    if colours.get("default") == "RED":
        del colours["default"]
    make_release(document)

    page = Client().get(f"/designs/{Design.objects.get().token}/", follow=True)

    html = page.content.decode()
    assert page.redirect_chain[0][0] == "/shop/mug/?c.text=+Ada+&quantity=1"
    assert "No longer there: Colour: RED. “RED” is not an option." in html


def test_a_design_is_named_and_shows_its_name(anna):
    anna.post("/shop/mug/save/", FORM)
    token = Design.objects.get().token

    anna.post(f"/designs/{token}/change/", {"action": "rename", "name": "For <Bo>"})

    assert "For &lt;Bo&gt;" in anna.get("/designs/").content.decode()


@pytest.mark.parametrize("name", ["x" * 81, "two\nlines"])
def test_a_name_that_no_list_can_show_is_refused(anna, name):
    anna.post("/shop/mug/save/", FORM)
    token = Design.objects.get().token

    answer = anna.post(f"/designs/{token}/change/", {"name": name})

    assert answer.status_code == 400
    assert Design.objects.get().name == ""


def test_a_deletion_can_be_taken_back(anna):
    anna.post("/shop/mug/save/", FORM)
    token = Design.objects.get().token

    anna.post(f"/designs/{token}/change/", {"action": "delete"})
    html = anna.get("/designs/").content.decode()
    gone = anna.get(f"/designs/{token}/").status_code
    anna.post(f"/designs/{token}/change/", {"action": "restore"})

    assert "Mug was deleted." in html
    assert "Bring it back" in html
    assert gone == 404
    assert anna.get(f"/designs/{token}/").status_code == 302


def test_what_was_deleted_goes_for_good_after_a_week(mug):
    user = make_user("anna")
    design = save_design(product="mug", choices={}, owner=user, now=NOW)
    delete_design(token=design.token, user=user, now=NOW)

    early = forget_deleted_designs(now=NOW + KEPT_DELETED)
    late = forget_deleted_designs(now=NOW + 2 * KEPT_DELETED)

    assert (early, late) == (0, 1)


@pytest.mark.parametrize("action", ["rename", "delete", "restore"])
def test_anothers_design_cannot_be_touched(anna, action):
    other = save_design(product="mug", choices={}, owner=make_user("bo"), now=NOW)

    answer = anna.post(f"/designs/{other.token}/change/", {"action": action})

    assert answer.status_code == 404
    assert Design.objects.get().deleted_at is None


def test_one_person_keeps_so_many_and_no_more(anna, monkeypatch):
    monkeypatch.setattr("configurator.services.designs.MOST_DESIGNS", 1)
    anna.post("/shop/mug/save/", FORM)

    refused = anna.post("/shop/mug/save/", FORM)

    assert MOST_DESIGNS > 1
    assert refused.status_code == 409
    assert "please delete some first" in refused.content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    anna, n, django_assert_max_num_queries
):
    for _design in range(n):
        anna.post("/shop/mug/save/", FORM)
    anna.get("/designs/")

    with django_assert_max_num_queries(7):
        anna.get("/designs/")
