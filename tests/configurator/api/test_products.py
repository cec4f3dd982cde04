"""Products, configure and complete over HTTP."""

import pytest
from rest_framework.test import APIClient

from configurator.models import Product
from configurator.services.catalogue import suspend_release
from tests.factories.access import make_api_key, make_user
from tests.factories.catalogue import (
    RED_MUG,
    make_release,
    mug_document,
    standard_document,
)

pytestmark = pytest.mark.django_db
KEY = {"HTTP_IDEMPOTENCY_KEY": "a-key-of-sixteen-characters"}


@pytest.fixture
def client():
    return APIClient()


def configure(client, body, slug="mug", **headers):
    return client.post(f"/api/v1/products/{slug}/configure/", body, **headers)


def errors(response):
    return [(each["code"], each["attr"]) for each in response.json()["errors"]]


def test_the_list_has_the_shape_of_the_contract(client):
    make_release()

    response = client.get("/api/v1/products/")

    assert response.status_code == 200
    assert response.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "slug": "mug",
                "name": "Mug",
                "kind": "CONFIGURABLE",
                "from_price_minor": 1000,
                "currency": "EUR",
            }
        ],
    }


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(
    client, n, django_assert_num_queries
):
    for at in range(n):
        make_release(standard_document(f"juice-{at}"))

    with django_assert_num_queries(2):  # the clock, the products
        response = client.get("/api/v1/products/")

    assert len(response.json()["results"]) == n


def test_a_product_tells_its_questions(client):
    make_release()

    response = client.get("/api/v1/products/mug/", HTTP_ACCEPT_LANGUAGE="de")

    body = response.json()
    assert (body["slug"], body["name"], body["release"]) == ("mug", "Becher", "1")
    assert body["characteristics"][0]["options"][0]["name"] == "Rot"


def test_an_unknown_product_is_not_found(client):
    response = client.get("/api/v1/products/nothing/")

    assert response.status_code == 404
    assert response.json() == {
        "type": "client_error",
        "errors": [
            {
                "code": "not_found",
                "detail": "There is no product “nothing” on sale.",
                "attr": "product",
            }
        ],
    }


def test_a_stopped_product_is_a_conflict(client):
    suspend_release(release_id=make_release().pk)

    response = configure(client, {"choices": {}, "quantity": 1})

    assert response.status_code == 409
    assert errors(response) == [("NOT_ON_SALE", "product")]


def test_a_click_over_http_asks_two_queries(client, django_assert_num_queries):
    make_release()
    configure(client, {"choices": {}})

    with django_assert_num_queries(2):  # the clock; the release and what is sold out
        response = configure(client, {"choices": {"colour": "GOLD"}, "quantity": 1})

    assert response.status_code == 200


def test_the_answer_has_the_shape_of_the_contract(client):
    make_release()

    body = configure(client, {"choices": RED_MUG, "quantity": 2}).json()

    assert {
        "release",
        "choices",
        "valid",
        "complete",
        "configuration_sha256",
        "characteristics",
        "price",
        "lowest_total_minor",
        "promise",
        "conflicts",
    } <= set(body)
    assert body["price"] == {
        "currency": "EUR",
        "total_minor": 2000,
        "lines": [{"code": "BASE", "label": "Mug", "amount_minor": 2000}],
    }
    assert set(body["characteristics"]["colour"]["options"]["RED"]) == {
        "available",
        "selected",
        "implied",
        "price_delta_minor",
        "reason",
    }


def test_reasons_follow_the_accepted_language(client):
    make_release()
    body = {"choices": {"colour": "GOLD"}, "quantity": 1}

    answer = configure(client, body, HTTP_ACCEPT_LANGUAGE="de-DE,de;q=0.9").json()

    reason = answer["characteristics"]["size"]["options"]["S"]["reason"]
    assert reason == "Das Blattgold braucht den großen Becher."


def test_a_conflict_is_an_answer(client):
    make_release()

    response = configure(client, {"choices": {**RED_MUG, "colour": "GOLD"}})

    assert response.status_code == 200
    assert response.json()["valid"] is False
    assert response.json()["conflicts"][0]["rules"][0]["code"] == "R1"


def test_personal_text_comes_back_byte_for_byte(client):
    make_release()
    text = "  Zoe\u0301 & Ø "

    answer = configure(client, {"choices": {"text": "  Zoë & Ø "}}).json()
    refused = configure(client, {"choices": {"text": text}})

    assert answer["choices"]["text"] == "  Zoë & Ø "
    assert refused.status_code == 400  # a letter of two characters is not merged


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"choices": {"colour": "GREEN"}}, [("invalid", "choices.colour")]),
        ({"choices": {"shape": "ROUND"}}, [("unknown", "choices.shape")]),
        ({"choices": {"colour": ["RED"]}}, [("invalid", "choices.colour")]),
        ({"choices": {"colour": {"a": 1}}}, [("invalid", "choices.colour")]),
        ({"choices": {"colour": 1}}, [("invalid", "choices.colour")]),
        ({"choices": {"extras": "LID"}}, [("invalid", "choices.extras")]),
        ({"choices": {"extras": ["LID", "LID"]}}, [("invalid", "choices.extras")]),
        (
            {"choices": {"extras": ["LID", "BOX", "SPOON"]}},
            [("invalid", "choices.extras")],
        ),
        ({"choices": {"extras": [["LID"]]}}, [("invalid", "choices.extras")]),
        ({"choices": {"extras": [None]}}, [("invalid", "choices.extras")]),
        ({"choices": {"height_mm": 85}}, [("invalid", "choices.height_mm")]),
        ({"choices": {"height_mm": "90"}}, [("invalid", "choices.height_mm")]),
        ({"choices": {"height_mm": 90.5}}, [("invalid", "choices.height_mm")]),
        ({"choices": {"height_mm": True}}, [("invalid", "choices.height_mm")]),
        ({"choices": {"height_mm": 10**400}}, [("invalid", "choices.height_mm")]),
        ({"choices": {"text": "a" * 13}}, [("invalid", "choices.text")]),
        ({"choices": {"text": "日"}}, [("invalid", "choices.text")]),
        ({"choices": {"text": 5}}, [("invalid", "choices.text")]),
        ({"choices": {"artwork": "nothing"}}, [("upload", "choices.artwork")]),
        ({"choices": {"artwork": 5}}, [("invalid", "choices.artwork")]),
        ({"choices": {}, "quantity": 501}, [("quantity", "quantity")]),
        ({"choices": {}, "quantity": 0}, [("min_value", "quantity")]),
        ({"choices": {}, "quantity": -1}, [("min_value", "quantity")]),
        ({"choices": {}, "quantity": 10_001}, [("max_value", "quantity")]),
        ({"choices": {}, "quantity": 10**40}, [("max_value", "quantity")]),
        ({"choices": {}, "quantity": "1"}, [("invalid", "quantity")]),
        ({"choices": {}, "quantity": True}, [("invalid", "quantity")]),
        ({"choices": {}, "quantity": 1.5}, [("invalid", "quantity")]),
        ({"choices": {}, "quantity": None}, [("null", "quantity")]),
        ({"choices": []}, [("invalid", "choices")]),
        ({"choices": "x"}, [("invalid", "choices")]),
        ({"choices": None}, [("null", "choices")]),
        ([], [("invalid", None)]),
        ("x", [("invalid", None)]),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(client, body, found):
    make_release()

    response = configure(client, body)

    assert response.status_code == 400
    assert response.json()["type"] == "validation_error"
    assert errors(response) == found


def test_a_whole_number_may_be_written_as_a_fraction(client):
    make_release()

    answer = configure(client, {"choices": {"height_mm": 90.0}, "quantity": 2.0})

    assert (answer.json()["choices"], answer.json()["quantity"]) == (
        {"height_mm": 90},
        2,
    )


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 40 + b"]" * 40, 400),
        (b'{"choices": {"text": "\\u0000"}}', 400),
        (b'{"choices": {"text": "\\ud800"}}', 400),
        (b'{"choices": {"text": "%s"}}' % (b"x" * 300_000), 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(client, content, status):
    make_release()

    response = client.generic(
        "POST",
        "/api/v1/products/mug/configure/",
        content,
        content_type="application/json",
    )

    assert response.status_code == status
    assert response.json()["type"] in {"client_error", "validation_error"}


def test_another_media_type_is_refused(client):
    make_release()

    response = client.generic(
        "POST", "/api/v1/products/mug/configure/", b"a=1", content_type="text/plain"
    )

    assert response.status_code == 415


def test_complete_gives_something_that_can_be_ordered(client):
    make_release()

    response = client.post(
        "/api/v1/products/mug/complete/",
        {"choices": {"size": "L"}, "quantity": 1, "objective": "POPULAR"},
    )

    body = response.json()
    assert (response.status_code, body["complete"]) == (200, True)
    assert body["choices"]["size"] == "L"
    assert len(body["configuration_sha256"]) == 64


def test_an_unknown_objective_is_refused(client):
    make_release()
    body = {"choices": {}, "objective": "NICEST"}

    response = client.post("/api/v1/products/mug/complete/", body)

    assert errors(response) == [("invalid_choice", "objective")]


def test_staff_sells_an_option_out_once_for_every_key(client):
    make_release()
    _key, text = make_api_key("catalogue:write")
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {text}")
    body = {"option": "BLUE", "available": False, "back_on": "2026-03-09"}
    path = "/api/v1/products/mug/availability/"

    response = client.post(path, body, **KEY)

    assert response.status_code == 200
    assert response.json() == {
        "product": "mug",
        "characteristic": "colour",
        "option": "BLUE",
        "available": False,
        "back_on": "2026-03-09",
    }
    assert client.post(path, body, **KEY).json() == response.json()
    other = client.post(path, {**body, "option": "RED"}, **KEY)
    assert (other.status_code, errors(other)) == (
        409,
        [("KEY_REUSED", "Idempotency-Key")],
    )
    assert client.post(path, body).status_code == 400


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (None, 401),
        (["catalogue:read"], 403),
        (["orders:import"], 403),
        (["production:write"], 200),
    ],
)
def test_who_may_sell_out(client, scopes, status):
    make_release()
    if scopes:
        _key, text = make_api_key(*scopes)
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {text}")

    response = client.post(
        "/api/v1/products/mug/availability/",
        {"option": "RED", "available": False},
        **KEY,
    )

    assert response.status_code == status


def test_a_customer_may_not_sell_out(client):
    make_release()
    client.force_login(make_user())

    response = client.post(
        "/api/v1/products/mug/availability/",
        {"option": "RED", "available": False},
        **KEY,
    )

    assert response.status_code == 403


def test_a_wrong_key_is_refused_on_public_calls_too(client):
    make_release()
    client.credentials(HTTP_AUTHORIZATION="Api-Key lo1_abcdefgh_0123456789abcdef")

    assert client.get("/api/v1/products/").status_code == 401


def test_a_hidden_product_is_not_listed(client):
    make_release(mug_document())
    Product.objects.update(is_listed=False)

    assert client.get("/api/v1/products/").json()["results"] == []
