"""What is drawn once for many is still each visitor's own where it must be."""

import gc
import re
import weakref

import pytest
from django.test import Client

from configurator.ports import Promise, ports
from configurator.selectors import artefacts
from configurator.services.availability import set_availability
from configurator.views import picker_drawn
from tests.factories.catalogue import NOW
from tests.support.html import find

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mug")]
URL = "/shop/mug/"
RED = {"c.colour": "RED", "c.size": "S", "c.height_mm": "90", "quantity": "1"}
HIDDEN = r'name="csrfmiddlewaretoken" value="([^"]+)"'


@pytest.fixture(autouse=True)
def nothing_drawn():
    picker_drawn._draw_once.cache_clear()
    picker_drawn._draw_large_once.cache_clear()


def n_drawn() -> int:
    n: int = picker_drawn._draw_once.cache_info().misses
    return n


def picker_of(answer) -> str:
    html: str = answer.content.decode()
    return html.partition("<lot-picker")[2].partition("</lot-picker>")[0]


def test_the_same_design_is_drawn_once_for_all():
    first, second = (picker_of(Client().get(URL, RED)) for _ in range(2))

    assert n_drawn() == 1
    assert first.replace(find(HIDDEN, first), "") == second.replace(
        find(HIDDEN, second), ""
    )


def test_each_visitor_has_a_token_of_their_own_that_is_taken():
    guests = [Client(enforce_csrf_checks=True) for _ in range(2)]
    tokens = [find(HIDDEN, each.get(URL, RED).content.decode()) for each in guests]

    answers = [
        guest.post(URL, {**RED, "csrfmiddlewaretoken": token})
        for guest, token in zip(guests, tokens, strict=True)
    ]

    assert tokens[0] != tokens[1]
    assert picker_drawn.TOKEN not in tokens
    assert [answer.status_code for answer in answers] == [302, 302]


def test_another_language_and_another_design_are_drawn_anew():
    Client().get(URL, RED)
    german = Client().get(URL, RED, headers={"Accept-Language": "de"})
    blue = Client().get(URL, {**RED, "c.colour": "BLUE"})

    assert n_drawn() == 3
    assert "Becher" in german.content.decode()
    assert "c.colour=BLUE" in blue.content.decode()


def test_few_pages_of_a_large_product_are_kept(monkeypatch):
    monkeypatch.setattr(picker_drawn, "MOST_OPTIONS", 1)
    heights = range(70, 70 + picker_drawn.MOST_LARGE_KEPT + 1)

    for height in (*heights, 70):
        Client().get(URL, {**RED, "c.height_mm": str(height)})

    kept = picker_drawn._draw_large_once.cache_info()
    assert (kept.misses, kept.currsize) == (
        len(heights) + 1,
        picker_drawn.MOST_LARGE_KEPT,
    )
    assert n_drawn() == 0


@pytest.mark.parametrize("words", ["Ada", "x" * 40])
def test_nobodys_own_words_are_kept_right_or_wrong(words):
    Client().get(URL, {**RED, "c.text": words})

    assert n_drawn() == 0


def test_a_design_that_came_from_own_words_is_not_kept_either():
    here = f"http://testserver{URL}?c.colour=RED&c.text=Ada&quantity=1"
    headers = {"HX-Request": "true", "HX-Current-URL": here}

    html = Client().post(URL, RED, headers=headers).content.decode()

    assert "c.text=Ada" in html
    assert n_drawn() == 0


def test_what_is_sold_out_is_off_at_once_on_a_page_that_was_drawn():
    before = picker_of(Client().get(URL, RED))

    set_availability(product="mug", option="BLUE", available=False, now=NOW)

    assert "Sold out" not in before
    assert "Sold out" in picker_of(Client().get(URL, RED))


def test_another_day_promised_shows_at_once_on_a_page_that_was_drawn(monkeypatch):
    told = []
    for day in (12, 13):
        at = NOW.replace(day=day)
        promise = Promise(at, at, at, "stock")
        monkeypatch.setattr(ports, "promise_quote", lambda found=promise, **_: found)
        told.append(find("With you on ([^<]+)", picker_of(Client().get(URL, RED))))

    assert [re.findall(r"1\d", each) for each in told] == [["12"], ["13"]]


def test_a_page_has_one_token_wherever_it_needs_one():
    html = Client().get(URL, RED).content.decode()

    assert len(set(re.findall(HIDDEN, html))) == 1


def test_what_is_drawn_keeps_no_release_in_memory():
    Client().get(URL, RED)
    loaded = weakref.ref(artefacts.list_loaded()[0])

    artefacts.forget_loaded()
    gc.collect()

    assert n_drawn() == 1
    assert loaded() is None
