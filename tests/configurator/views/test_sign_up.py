"""People make accounts with an address that is theirs; staff need a second factor."""

import re
import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from configurator.apps import find_toys
from configurator.models import User
from orders.services.mailing import send_mails
from tests.factories.access import make_user
from tests.support.html import find

pytestmark = pytest.mark.django_db
NEW = {
    "email": "ada@example.org",
    "password1": "Mill-Lane-4-Berlin",
    "password2": "Mill-Lane-4-Berlin",
}
LOGIN = {"login": "ada@example.org", "password": "Mill-Lane-4-Berlin"}


def send() -> int:
    now = timezone.now()
    return send_mails(now=now, real_now=now)


def open_link(client: Client, start: str) -> str:
    """Give the path of the link in the newest mail that begins so."""
    send()
    return find(rf"http://testserver({start}\S+)", str(mail.outbox[-1].body))


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_an_account_opens_once_its_address_is_confirmed(client):
    sent = client.post("/accounts/signup/", NEW)
    too_early = client.post("/accounts/login/", LOGIN)
    was_in = is_signed_in(client)

    path = open_link(client, "/accounts/confirm-email/")
    asked = client.get(path).content.decode()
    client.post(path)
    client.post("/accounts/login/", LOGIN)

    assert sent["Location"] == "/accounts/confirm-email/"
    assert too_early["Location"] == "/accounts/confirm-email/"
    assert not was_in
    assert "ada@example.org is my address." in asked
    assert is_signed_in(client)
    assert EmailAddress.objects.get().verified


def test_a_new_account_is_written_to_in_its_own_language(client):
    client.post("/accounts/signup/", NEW, headers={"accept-language": "de"})

    send()

    assert User.objects.get().language == "de"
    assert mail.outbox[0].body.startswith("Hallo,")
    assert "bestätigen" in f"{mail.outbox[0].subject} {mail.outbox[0].body}".lower()


@pytest.mark.parametrize("language", ["en", "de"])
def test_mails_about_an_account_name_the_shop_and_no_host(client, language):
    with translation.override("en"):
        client.post("/accounts/signup/", NEW, headers={"accept-language": language})

    send()

    text = re.sub(r"http://\S+", "", str(mail.outbox[0].body))
    assert "Lot One" in text
    assert "testserver" not in text


def test_nobody_learns_who_has_an_account(client):
    client.post("/accounts/signup/", NEW)

    again = Client()
    answer = again.post("/accounts/signup/", NEW)

    assert answer["Location"] == "/accounts/confirm-email/"
    assert not is_signed_in(again)
    assert User.objects.count() == 1
    reset = again.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert reset["Location"] == "/accounts/password/reset/done/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "ada"}, "valid e-mail"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another-one-4"}, "same password"),
    ],
)
def test_what_is_wrong_with_a_new_account_stands_at_its_field(client, changes, words):
    html = client.post("/accounts/signup/", NEW | changes).content.decode()

    assert words in str(html)
    assert "field__error" in str(html)
    assert User.objects.count() == 0


def test_a_link_that_is_made_up_confirms_nothing(client):
    html = client.get("/accounts/confirm-email/made-up-key/").content.decode()

    assert "This link has been used or is too old." in str(html)


def test_a_forgotten_password_is_set_anew_by_mail(client):
    user = make_user("anna")
    user.email = "anna@example.org"
    user.save()

    client.post("/accounts/password/reset/", {"email": "anna@example.org"})
    path = client.get(open_link(client, "/accounts/password/reset/key/"))["Location"]
    words = {"password1": "New-Words-2026", "password2": "New-Words-2026"}
    client.post(path, words)

    user.refresh_from_db()
    assert user.check_password("New-Words-2026")


def test_whoever_guesses_passwords_has_to_wait(client):
    form = {"login": "anna", "password": "guessed"}

    statuses = {client.post("/accounts/login/", form).status_code for _ in range(12)}
    page = client.post("/accounts/signup/", NEW)
    for _attempt in range(25):
        page = client.post("/accounts/signup/", NEW)

    assert statuses <= {200, 429}
    assert page.status_code == 429
    assert "Please wait some minutes and try again." in page.content.decode()


def test_a_shop_may_keep_its_doors_closed(client, settings):
    settings.ACCOUNTS_OPEN = False

    client.post("/accounts/signup/", NEW)

    assert User.objects.count() == 0


def test_a_mail_server_that_is_down_costs_a_new_account_nothing(client, monkeypatch):
    def fail(*_args: object, **_words: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.backends.locmem.EmailBackend.open", fail)
        answer = client.post("/accounts/signup/", NEW)
        assert (answer.status_code, send()) == (302, 0)

    later = timezone.now() + timedelta(minutes=1)
    assert send_mails(now=later, real_now=later) == 1
    (sent,) = mail.outbox
    assert isinstance(sent, mail.EmailMultiAlternatives)
    ((html, kind),) = sent.alternatives
    assert kind == "text/html"
    assert '<a href="http://testserver/accounts/confirm-email/' in str(html)


@pytest.mark.parametrize(
    "path",
    ["signup/", "login/", "password/reset/", "confirm-email/", "confirm-email/none/"],
)
def test_pages_of_the_account_carry_no_inline_script_or_style(client, path):
    html = client.get(f"/accounts/{path}").content.decode()

    assert '<a class="skip-link"' in str(html)
    assert re.findall(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=", html) == []


def test_who_was_made_an_account_by_an_admin_need_not_confirm_its_address(client):
    user = make_user("anna", email="Anna@example.org")
    user.set_password("Anna-Words-26")
    user.save()

    client.post("/accounts/login/", {"login": "anna", "password": "Anna-Words-26"})
    client.get("/accounts/email/")
    again = Client()
    again.post("/accounts/login/", {"login": "anna", "password": "Anna-Words-26"})

    assert is_signed_in(client)
    assert is_signed_in(again)
    assert mail.outbox == []


@pytest.fixture
def strict(settings) -> None:
    settings.REQUIRE_STAFF_MFA = True


def staff(name: str = "catalogue admin") -> Client:
    user = make_user("carla", is_staff=True)
    user.set_password("Carla-Words-26")
    user.save()
    if name:
        user.groups.add(Group.objects.get_or_create(name=name)[0])
    client = Client()
    client.post("/accounts/login/", {"login": "carla", "password": "Carla-Words-26"})
    return client


def set_up(client: Client) -> str:
    """Set up an authenticator app as its page says; give the secret."""
    client.post("/accounts/reauthenticate/", {"password": "Carla-Words-26"})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = find(r'id="authenticator_secret"[^>]*value="(\w+)"', page)
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    return secret


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.mark.parametrize("role", ["catalogue admin", "staff"])
@pytest.mark.parametrize("path", ["/admin/", "/desk/", "/"])
def test_who_manages_is_asked_for_a_second_factor_first(strict, role, path):
    answer = staff(role).get(path)

    assert answer["Location"] == "/accounts/2fa/totp/activate/"


def test_with_a_second_factor_set_up_the_way_is_free(strict):
    client = staff()
    set_up(client)

    pages = [client.get(path).status_code for path in ("/admin/", "/accounts/2fa/")]

    assert pages == [200, 200]
    codes = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert codes.count('<li class="figures">') == 10


def test_a_change_of_the_second_factor_is_told_by_mail(
    strict, django_capture_on_commit_callbacks
):
    client = staff()
    EmailAddress.objects.create(
        user=User.objects.get(), email="carla@example.org", verified=True, primary=True
    )

    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    send()

    (told, *_rest) = mail.outbox
    assert told.to == ["carla@example.org"]
    assert told.subject == "Lot One: Authenticator App Activated"


def test_signing_in_asks_for_the_code_and_takes_no_wrong_one(strict):
    secret = set_up(staff())
    client = Client()
    form = {"login": "carla", "password": "Carla-Words-26"}

    asked = client.post("/accounts/login/", form)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    was_in = is_signed_in(client)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})

    assert asked["Location"] == "/accounts/2fa/authenticate/"
    assert wrong.status_code == 200
    assert not was_in
    assert secret
    assert client.get("/admin/").status_code == 200


def test_the_api_refuses_a_session_without_its_second_factor(strict):
    answer = staff("staff").get("/api/v1/orders/")

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "second_factor"


@pytest.mark.parametrize("role", ["", "operator", "trade"])
def test_nobody_else_needs_a_second_factor(strict, role):
    assert staff(role).get("/").status_code == 200


def test_without_the_setting_a_password_is_enough():
    assert staff().get("/admin/").status_code == 200


def test_a_deployment_insists_on_the_second_factor(settings):
    settings.REQUIRE_STAFF_MFA = False
    lax = {each.id for each in find_toys()}
    settings.REQUIRE_STAFF_MFA = True

    assert lax - {each.id for each in find_toys()} == {"configurator.E003"}
