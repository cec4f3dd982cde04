"""What is about a person goes; hashes, figures, counts and events stay."""

import base64
import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from configurator.models import Configuration, Design, IdempotencyKey, Upload, User
from configurator.services.configurations import keep_texts
from configurator.services.designs import save_design
from configurator.services.previews import thumbnail_png
from configurator.services.uploads import store_upload
from orders.models import Order, OrderEvent, OutboxMessage, Proof
from orders.selectors import exports
from orders.selectors.exports import export_customer
from orders.services import carts
from orders.services.cancelling import cancel_order
from orders.services.erasing import (
    OpenOrdersError,
    StaffAccountError,
    erase_customer,
    erase_orders,
)
from orders.services.issuing import issue_documents
from orders.services.mailing import keep_mail, send_mails
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.proofing import request_changes, send_proof
from tests.api.calls import picture
from tests.factories.access import PASSWORD, make_user
from tests.factories.orders import (
    MUG,
    NOW,
    ask_mug,
    make_request,
    order_answer,
    publish,
)

pytestmark = pytest.mark.django_db
SECRETS = ("Zoë-Karlotta", "Annegret", "Quittenweg", "annegret@example.org", "grüner")
ADDRESS = {
    "line1": "Quittenweg 7",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
}


@pytest.fixture
def mug():
    badge = {
        "code": "badge",
        "name": {"en": "Badge"},
        "kind": "FILE",
        "required": False,
        "default": None,
    }
    publish({**MUG, "characteristics": [*MUG["characteristics"], badge]})


def order_mug(user: User | None, *, text: str = "Zoë-Karlotta", **choices) -> Order:
    request = make_request(
        ask_mug(2, text=text, **choices),
        customer_name="Annegret Ähnlich",
        customer_email="annegret@example.org",
        shipping_address=ADDRESS,
    )
    actor = user.get_username() if user else "guest"
    return place_order(request=request, user=user, language="de", now=NOW, actor=actor)


def end(order: Order) -> None:
    """Let an order be paid, proofed, and end."""
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    proof = send_proof(order_line_id=order.lines.get().pk, now=NOW)
    request_changes(proof_id=proof.pk, note="grüner bitte", now=NOW)
    issue_documents(now=NOW, real_now=NOW)
    send_mails(now=NOW, real_now=NOW)
    cancel_order(order_id=order.pk, now=NOW)


def everything_stored() -> dict[str, str]:
    """Read every column of every table, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 -- our own tables
            rows = [[as_text(value) for value in row] for row in cursor.fetchall()]
            found[table] = json.dumps(rows, ensure_ascii=False)
    return found


def as_text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    try:  # JSON that was stored with escapes is read as people read it
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def tables_that_hold(*words: str) -> set[tuple[str, str]]:
    stored = everything_stored()
    return {
        (table, word)
        for table, text in stored.items()
        for word in words
        if word in text
    }


def test_nothing_of_a_customer_remains_but_hashes_figures_and_events(mug):
    user = make_user("annegret", email="annegret@example.org", first_name="Annegret")
    upload = store_upload(content=picture().read(), file_name="grüner.png", now=NOW)
    order = order_mug(user, badge=upload.token)
    end(order)
    cart = carts.get_or_create_cart(token=None, user=user, now=NOW)
    choices = {"colour": "BLUE", "glaze": "MATT", "text": "Annegret"}
    carts.add_line(cart=cart, product="mug", choices=choices, quantity=1, now=NOW)
    save_design(product="mug", choices={"text": "Annegret"}, owner=user, now=NOW)
    client = Client()
    client.force_login(user)
    session = client.session
    session["removed"] = {"choices": choices}
    session.save()
    sha256 = order.lines.get().configuration.sha256
    n_documents = order.documents.count()
    before = list(order.events.order_by("pk").values_list("kind", flat=True))
    assert {word for _table, word in tables_that_hold(*SECRETS)} == set(SECRETS)

    erase_customer(user=user, now=NOW)

    assert tables_that_hold(*SECRETS, "annegret") == set()
    order.refresh_from_db()
    configuration = order.lines.get().configuration
    assert configuration.sha256 == sha256
    assert configuration.choices == {"colour": "WHITE", "glaze": "MATT"}
    assert order.total_minor == 2400
    events = list(order.events.order_by("pk").values_list("kind", flat=True))
    assert events == [*before, "ERASED"]
    assert order.documents.count() == n_documents
    assert not Upload.objects.exists()
    assert not Design.objects.exists()
    assert not Client().login(username="annegret", password=PASSWORD)


def test_answers_kept_for_repeated_calls_are_forgotten(mug):
    order = order_mug(None)
    IdempotencyKey.objects.create(
        scope="guest",
        key="k" * 16,
        request_sha256="0" * 64,
        status=201,
        body={"number": order.number, "lines": [{"text": "Zoë-Karlotta"}]},
        created_at=NOW,
    )
    end(order)

    erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    assert not IdempotencyKey.objects.exists()


def test_an_order_that_has_not_ended_keeps_what_it_needs(mug):
    order = order_mug(None)

    with pytest.raises(OpenOrdersError) as caught:
        erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    assert caught.value.extra["orders"] == [order.number]
    order.refresh_from_db()
    assert order.customer_name == "Annegret Ähnlich"


def test_a_text_that_another_ordered_as_well_stays_theirs_alone(mug):
    hers, his = order_mug(None), order_mug(make_user("bert"))
    assert hers.lines.get().configuration == his.lines.get().configuration
    end(hers)

    erase_orders(order_ids=[hers.pk], now=NOW, actor="guest")

    hers.refresh_from_db()
    (shown,) = order_answer(order=hers, language="en")["lines"]
    (theirs,) = order_answer(order=his, language="en")["lines"]
    assert "text" not in shown["configuration"]["choices"]
    assert theirs["configuration"]["choices"]["text"] == "Zoë-Karlotta"


def test_an_erased_text_can_be_ordered_again_and_is_made_as_it_was_typed(mug):
    first = order_mug(None)
    end(first)
    erase_orders(order_ids=[first.pk], now=NOW, actor="guest")

    again = order_mug(None)

    configuration = again.lines.get().configuration
    assert configuration == first.lines.get().configuration
    assert configuration.choices["text"] == "Zoë-Karlotta"
    assert json.loads(configuration.canonical)["choices"]["text"] == "Zoë-Karlotta"
    first.refresh_from_db()
    (shown,) = order_answer(order=first, language="en")["lines"]
    assert "text" not in shown["configuration"]["choices"]


def test_a_text_that_is_erased_while_it_is_being_ordered_comes_back(mug):
    order = order_mug(None)
    configuration = order.lines.get().configuration
    end(order)
    erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    keep_texts(configurations=[configuration])

    stored = Configuration.objects.get(pk=configuration.pk)
    assert (stored.choices["text"], stored.erased_at) == ("Zoë-Karlotta", None)


def test_the_database_lets_a_configuration_change_in_no_other_way(mug):
    order = order_mug(None)
    rows = Configuration.objects.filter(pk=order.lines.get().configuration_id)

    changes: list[dict[str, Any]] = [
        {"choices": {}},
        {"canonical": "x"},
        {"sha256": "0" * 64},
        {"sha256": "0" * 64, "erased_at": NOW},
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_the_kept_picture_goes_with_the_text(mug):
    order = order_mug(None)
    sha256 = order.lines.get().configuration.sha256
    thumbnail_png(configuration_sha256=sha256)
    end(order)
    from django.core.cache import cache

    erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    assert cache.get(f"thumbnail:{sha256}:160") is None
    assert thumbnail_png(configuration_sha256=sha256).startswith(b"\x89PNG")


def test_erasing_twice_is_erasing_once(mug):
    order = order_mug(None)
    end(order)

    told = [erase_orders(order_ids=[order.pk], now=NOW, actor="x") for _ in range(2)]

    assert told == [1, 0]
    assert OrderEvent.objects.filter(kind="ERASED").count() == 1


def test_a_mail_that_still_waits_goes_nowhere(mug, mailoutbox):
    order = order_mug(None)
    cancel_order(order_id=order.pk, now=NOW)
    erase_orders(order_ids=[order.pk], now=NOW, actor="guest")

    assert send_mails(now=NOW, real_now=NOW) == 2
    assert mailoutbox == []


def test_a_mail_about_an_account_goes_with_it():
    words: dict[str, Any] = {"subject": "Hello", "text": "", "html": "", "now": NOW}
    user = make_user("annegret", email="Annegret@example.org")
    keep_mail(to="annegret@example.org", **words)
    keep_mail(to="somebody@example.org", **words)

    erase_customer(user=user, now=NOW)

    assert OutboxMessage.objects.get().payload["to"] == "somebody@example.org"


def test_an_account_of_staff_is_not_ended_by_itself():
    with pytest.raises(StaffAccountError):
        erase_customer(user=make_user("paul", is_staff=True), now=NOW)


def test_an_export_holds_all_of_it(mug, monkeypatch):
    user = make_user("annegret", email="annegret@example.org")
    upload = store_upload(content=picture().read(), file_name="a.png", now=NOW)
    order = order_mug(user, badge=upload.token)
    end(order)
    save_design(product="mug", choices={"text": "Annegret"}, owner=user, now=NOW)

    found = export_customer(user=user)

    assert found["account"]["email"] == "annegret@example.org"
    (exported,) = found["orders"]
    assert exported["customer"]["name"] == "Annegret Ähnlich"
    assert exported["shipping_address"] == ADDRESS
    assert exported["lines"][0]["configuration"]["choices"]["text"] == "Zoë-Karlotta"
    assert exported["proofs"][0]["customer_note"] == "grüner bitte"
    assert len(exported["payments"]) == 1
    assert {each["kind"] for each in exported["documents"]} == {"INVOICE", "RECEIPT"}
    assert found["designs"][0]["choices"] == {"text": "Annegret"}
    assert found["pictures"][0]["token"] == upload.token
    assert found["pictures_left_out"] == 0
    monkeypatch.setattr(exports, "MOST_PICTURES", 0)
    cut = export_customer(user=user)
    assert (cut["pictures"], cut["pictures_left_out"]) == ([], 1)


@pytest.mark.parametrize("made", [picture().read(), None])
def test_an_export_holds_the_pictures_that_prepress_made(mug, made):
    user = make_user("annegret", email="annegret@example.org")
    end(order_mug(user))
    Proof.objects.update(picture=made)

    (order,) = export_customer(user=user)["orders"]

    found = order["proofs"][0]["picture_base64"]
    assert (found and base64.b64decode(found)) == made
