"""The configurator works as plain forms; the address holds the design."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from configurator.models import Upload
from configurator.ports import Alternative, Promise, ports
from configurator.services.availability import set_availability
from tests.factories.catalogue import NOW
from tests.support.html import find

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mug")]
URL = "/shop/mug/"
RED = {"c.colour": "RED", "c.size": "S", "c.height_mm": "90", "quantity": "1"}
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{URL}"}


def html_of(response) -> str:
    html: str = response.content.decode()
    return html


def checked(html: str) -> set[str]:
    """Give the value of each input that is ticked."""
    inputs = re.findall(r'<input class="option__input"[^>]*>', html)
    return {find(r'value="([^"]*)"', each) for each in inputs if " checked" in each}


def sold_out(option: str) -> None:
    set_availability(
        product="mug", option=option, available=False, back_on=None, now=NOW
    )


def test_a_product_starts_from_its_defaults_and_says_what_is_open(client):
    page = client.get(URL)

    assert page.status_code == 200
    assert checked(html_of(page)) == {"RED"}
    assert "Something is still open." in html_of(page)
    assert 'href="#q-size"' in html_of(page)


def test_a_second_link_leads_past_all_else_to_the_choices(client):
    page = html_of(client.get(URL))

    first, second = re.findall(r'class="skip-link" href="#([a-z]+)"', page)
    assert (first, second) == ("main", "questions")
    assert re.search(r'id="questions" tabindex="-1"', page)


def test_the_address_holds_the_design(client):
    page = client.get(URL, {**RED, "c.colour": "BLUE", "c.extras": ["LID", "BOX"]})

    assert checked(html_of(page)) == {"BLUE", "S", "LID", "BOX"}
    assert "€11.20" in html_of(page)
    assert 'formaction="/cart/add/mug/"' in html_of(page)


def test_a_plain_form_is_answered_with_the_address_of_its_choices(client):
    response = client.post(URL, {**RED, "c.extras": "-", "c.text": " Ada  "})

    assert response.status_code == 302
    query = parse_qs(urlsplit(response["Location"]).query)
    assert query == {
        "c.colour": ["RED"],
        "c.extras": ["-"],
        "c.height_mm": ["90"],
        "c.size": ["S"],
        "c.text": [" Ada  "],
        "quantity": ["1"],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"c.colour": "PINK"}, "“PINK” is not an option."),
        ({"c.handle": "LEFT"}, "This product has no characteristic “handle”."),
        ({"c.height_mm": "95"}, "95 is not from 80 to 120 mm in steps of 10."),
        ({"c.height_mm": "tall"}, "“tall” is not a whole number."),
        ({"c.text": "Ada 😀"}, "The character “😀” at position 5 cannot be made."),
        ({"c.text": "x" * 13}, "13 characters are too many; 12 are allowed."),
        ({"c.artwork": "nothing"}, "There is no such upload."),
        ({"quantity": "0"}, "The quantity must be from 1 to 500 in steps of 1."),
        ({"quantity": "-3"}, "The quantity must be from 1 to 500 in steps of 1."),
        ({"quantity": "99999999999"}, "The quantity must be from 1 to 500"),
        ({"quantity": "many"}, "The quantity must be from 1 to 500"),
    ],
)
def test_what_cannot_be_is_named_and_the_rest_stays(client, changes, words):
    page = client.get(URL, {**RED, "c.size": "L", **changes})

    assert page.status_code == 400
    assert words in html_of(page)
    assert "L" in checked(html_of(page))
    assert "/cart/add/" not in html_of(page)


def test_a_text_that_cannot_be_made_is_not_lost(client):
    page = client.get(URL, {**RED, "c.text": "Ada 😀"})

    assert 'value="Ada 😀"' in html_of(page)


def test_a_product_that_does_not_exist_is_a_page_of_its_own(client):
    page = client.get("/shop/nothing/")

    assert page.status_code == 404
    assert "There is no product “nothing” on sale." in html_of(page)


def test_an_option_that_is_out_says_why_and_what_would_change(client):
    html = html_of(client.get(URL, RED))

    gold = html[html.index('id="c.colour-GOLD"') :]
    assert "The gold leaf needs the large mug." in gold
    assert "Choose it, with Size: Large (+\u2060€5.00)" in gold
    assert 'value="c.colour=GOLD&amp;c.size=L&amp;quantity=&amp;at=colour"' in gold


def test_choices_that_conflict_are_told_with_the_reason_and_the_ways_out(client):
    page = client.get(URL, {**RED, "c.colour": "GOLD"})

    html = html_of(page)
    assert page.status_code == 200
    assert "These do not go together: Colour: Gold; Size: Small." in html
    assert "The gold leaf needs the large mug." in html
    assert "Change to Size: Large" in html
    assert "/cart/add/" not in html


def test_beside_a_conflict_other_questions_stay_open(client):
    html = html_of(client.get(URL, {**RED, "c.colour": "GOLD"}))

    extras = html[html.index('id="q-extras"') :]
    assert "option--unavailable" not in extras


def test_a_fix_changes_what_it_says_and_can_be_undone(client):
    form = {**RED, "fix": "c.colour=GOLD&c.size=L&quantity="}
    response = client.post(URL, {**form, "was": "c.colour=RED&c.size=S&c.height_mm=90"})

    page = client.get(response["Location"])

    assert response["Location"].endswith("#q-colour")
    assert checked(html_of(page)) == {"GOLD", "L"}
    assert "Changed: Colour: Gold; Size: Large." in html_of(page)
    undo = find(r'(?s)reason--done.*?href="(\?[^"]*)"', html_of(page))
    undone = client.get(URL + undo.replace("&amp;", "&"))
    assert checked(html_of(undone)) == {"RED", "S"}


def test_a_fix_may_change_the_quantity(client):
    response = client.post(URL, {**RED, "fix": "quantity=12"})

    assert "quantity=12" in response["Location"]


def test_a_fix_may_take_a_text_away(client):
    form = {**RED, "c.text": "Ada", "fix": "c.colour=GOLD&c.size=L&c.text=&quantity="}

    response = client.post(URL, form)

    assert "c.text" not in urlsplit(response["Location"]).query.split("&undo")[0]


def test_a_sold_out_option_is_off_at_once_and_offers_no_fix(client):
    sold_out("BLUE")

    html = html_of(client.get(URL, RED))

    blue = html[html.index('id="c.colour-BLUE"') : html.index('id="c.colour-GOLD"')]
    assert 'aria-disabled="true"' in blue
    assert "Sold out" in blue
    assert 'name="fix"' not in blue


def test_a_product_never_starts_from_what_is_sold_out(client):
    sold_out("RED")

    page = client.get(URL)

    assert "RED" not in checked(html_of(page))
    assert "These do not go together" not in html_of(page)
    assert "This cannot be had" not in html_of(page)


def test_a_shared_design_says_what_is_sold_out_now(client):
    sold_out("RED")

    html = html_of(client.get(URL, RED))

    assert "This cannot be had: Colour: Red." in html
    assert "Sold out." in html


def test_htmx_gets_the_part_and_the_new_address(client):
    response = client.post(URL, {**RED, "c.colour": "BLUE"}, headers=HTMX)

    html = html_of(response)
    assert response.status_code == 200
    assert html.lstrip().startswith("<lot-picker")
    assert "<html" not in html
    assert "c.colour=BLUE" in response["HX-Replace-Url"]
    assert "HX-Request" in response["Vary"]


def test_htmx_is_told_what_is_wrong_with_200_or_it_would_show_nothing(client):
    response = client.post(URL, {**RED, "c.text": "😀"}, headers=HTMX)

    assert response.status_code == 200
    assert "cannot be made" in html_of(response)


def test_the_bar_says_what_the_change_did_to_the_total(client):
    form = {**RED, "c.extras": "LID", "shown_minor": "1000"}

    html = html_of(client.post(URL, form, headers=HTMX))

    assert "€11.20, +\u2060€1.20." in html


@pytest.mark.parametrize("pick", ["SURPRISE", "CHEAPEST", "POPULAR"])
def test_a_pick_answers_everything_and_keeps_the_customers_own_words(client, pick):
    response = client.get(URL, {**RED, "c.text": "Ada ", "pick": pick})

    query = parse_qs(urlsplit(response["Location"]).query)
    page = client.get(response["Location"])
    assert query["c.text"] == ["Ada "]
    assert "undo" in query
    assert 'formaction="/cart/add/mug/"' in html_of(page)


def test_a_picture_is_kept_and_placed(client, picture):
    response = client.post(URL, {**RED, "file.artwork": picture()})

    token = parse_qs(urlsplit(response["Location"]).query)["c.artwork"][0]
    html = html_of(client.get(response["Location"]))
    assert f'name="c.artwork" value="{token}"' in html
    assert "We have your picture." in html


def test_a_picture_too_coarse_to_print_is_told_in_pixels(client, picture):
    response = client.post(URL, {**RED, "file.artwork": picture(100)}, follow=True)

    assert response.status_code == 400
    assert "The picture is 100 pixels wide; 197 are needed." in html_of(response)


def test_a_file_that_is_no_picture_is_refused_where_it_was_chosen(client, tmp_path):
    path = tmp_path / "crest.png"
    path.write_bytes(b"no picture at all")

    with path.open("rb") as file:
        response = client.post(URL, {**RED, "file.artwork": file})

    assert response.status_code == 400
    assert "The file is no PNG, JPEG or SVG picture." in html_of(response)


def test_pictures_by_page_and_by_call_count_together(client, picture):
    api, cart = "/api/v1/uploads/", "/cart/add/mug/"
    for number in range(30):
        key = f"a-key-of-sixteen-{number}"
        client.post(api, {"file": picture()}, headers={"Idempotency-Key": key})

    by_picker = client.post(URL, {**RED, "file.artwork": picture()})
    by_cart = client.post(cart, {**RED, "file.artwork": picture()})

    assert (by_picker.status_code, by_cart.status_code) == (400, 400)
    assert "wait a minute" in html_of(by_picker)
    assert "wait a minute" in html_of(by_cart)
    assert Upload.objects.count() == 30
    assert client.post(URL, RED).status_code == 302


def test_a_line_of_the_cart_stays_known_from_click_to_click(client):
    response = client.post(URL, {**RED, "line": "7"})

    page = client.get(response["Location"])
    assert response["Location"].endswith("&line=7")
    assert '<input type="hidden" name="line" value="7">' in html_of(page)
    assert "Save changes" in html_of(page)


def test_the_page_asks_few_questions_of_the_database(client, django_assert_num_queries):
    client.get(URL, RED)

    # The clock; the release on sale with what is sold out.
    with django_assert_num_queries(2):
        client.get(URL, RED)


def test_a_text_too_long_for_an_address_is_answered_without_one(client):
    form = {**RED, "c.text": "x" * 5_000}

    plain = client.post(URL, form)
    part = client.post(URL, form, headers=HTMX)

    assert plain.status_code == 400
    assert "5000 characters are too many" in html_of(plain)
    assert part.status_code == 200
    assert "HX-Replace-Url" not in part


def test_the_bar_says_what_would_be_there_earlier(client, monkeypatch):
    promise = Promise(NOW, NOW, NOW, "stock")
    found = Alternative("colour", "BLUE", NOW, 2, "it joins batch B-17")
    monkeypatch.setattr(ports, "promise_quote", lambda **_: promise)
    monkeypatch.setattr(ports, "promise_alternatives", lambda **_: (found,))

    html = html_of(client.get(URL, {**RED, "c.extras": "-"}))

    assert "With you on Monday, 2 March" in html
    assert "Blue instead: 2 days earlier, it joins batch B-17" in html
    assert 'name="fix" value="c.colour=BLUE&amp;quantity="' in html


def test_each_question_stands_in_the_row_with_how_far_it_is(client):
    html = html_of(client.get(URL, {"c.colour": "RED", "quantity": "1"}))

    row = html[
        html.index('id="steps"') : html.index("</nav>", html.index('id="steps"'))
    ]
    assert 'steps__link--done" href="#q-colour"' in row
    assert 'steps__link--open" href="#q-size"' in row
    assert row.rindex("#q-") == row.index("#q-quantity")


def test_a_fix_is_told_at_the_question_where_it_was_taken(client):
    form = {**RED, "fix": "c.colour=GOLD&c.size=L&quantity=&at=size"}

    html = html_of(client.post(URL, form, headers=HTMX))

    size = html[html.index('id="q-size"') :]
    assert "Changed: " in size[: size.index("</fieldset>")]


def test_undo_keeps_to_the_line_of_the_cart(client):
    here = f"http://testserver{URL}?c.colour=BLUE&c.size=S&quantity=1&line=7"
    form = {**RED, "line": "7"}

    html = html_of(client.post(URL, form, headers={**HTMX, "HX-Current-URL": here}))

    undo = html[html.index("<lot-history") : html.index("</lot-history>")]
    assert "c.colour=BLUE" in undo
    assert "&amp;line=7" in undo
