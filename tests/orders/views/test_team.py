"""A team's list: told what is wrong in its place, then a line for each member."""

import html
import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from configurator.models import CatalogueRelease
from configurator.ports import ports
from configurator.services.availability import set_availability
from configurator.services.catalogue import copy_release, publish_release
from configurator.services.tables import read_file, write_workbook
from orders.models import CartLine
from orders.selectors.carts import lines_beside
from tests.factories.orders import MUG, NOW, publish
from tests.orders.views.conftest import Buyer
from tests.support.html import find

pytestmark = pytest.mark.django_db
PATH = "/shop/mug/team/"
DESIGN = {"c.colour": "WHITE", "c.glaze": "MATT"}
TEAM = "Text\tColour\tQuantity\n Ada  B.\tBlue\t1\n„Bo“\twhite\t2\n"


class Captain(Buyer):
    """Somebody who orders for others."""

    def send(self, text: str = TEAM, **fields: Any):
        return self.post(PATH, {**DESIGN, "list": text, **fields})

    def add(self, answer, **fields: Any):
        """Press the button on the page that an answer shows."""
        page = answer.content.decode()
        values = {
            name: find(f'name="{name}" value="([^"]*)"', page)
            for name in ("once", "shown_minor")
        }
        text = find(r'<textarea name="list"[^>]*>([^<]*)</textarea>', page)
        form = {**values, "action": "add", **fields}
        return self.send(html.unescape(text), **form)


@pytest.fixture
def captain(db) -> Captain:
    publish({**MUG, "extra": {"one_design": {"beside": ["text", "colour"]}}})
    return Captain()


def file_of(content: bytes, name: str = "team.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_page_takes_the_design_from_the_address(captain):
    page = captain.see(f"{PATH}?c.colour=BLUE&c.glaze=GLOSS&quantity=1")

    assert '<input type="hidden" name="c.glaze" value="GLOSS">' in page
    assert "<dt>Glaze</dt><dd>Gloss</dd>" in page
    assert 'href="/shop/mug/team/list.xlsx?c.colour=BLUE&amp;c.glaze=GLOSS' in page


def test_a_list_is_priced_row_by_row_before_anything_is_stored(captain):
    response = captain.send()

    page = response.content.decode()
    assert response.status_code == 200
    assert "Every row can be made." in page
    assert '<span class="exact-text"> Ada  B.</span>' in page
    assert "2 rows, 3 pieces" in page
    assert "€24.00" in page
    assert "€36.00" in page
    assert CartLine.objects.count() == 0


def test_every_row_becomes_a_line_of_its_own(captain):
    response = captain.add(captain.send())

    lines = [
        (line.configuration.choices, line.quantity)
        for line in CartLine.objects.order_by("pk")
    ]
    assert response["Location"] == "/cart/"
    assert lines == [
        ({"colour": "BLUE", "glaze": "MATT", "text": " Ada  B."}, 1),
        ({"colour": "WHITE", "glaze": "MATT", "text": "„Bo“"}, 2),
    ]
    cart = captain.see("/cart/")
    assert "2 lines are in your cart." in cart
    sums = cart.partition("What it comes to")[2]
    assert "<dt>Mug, Blue,  Ada  B.</dt>" in sums
    assert "<dt>Mug, White, „Bo“</dt>" in sums


def test_sent_twice_a_list_is_added_once(captain):
    answer = captain.send()

    first, second = captain.add(answer), captain.add(answer)

    assert (first.status_code, second.status_code) == (302, 302)
    assert CartLine.objects.count() == 2


def test_what_is_wrong_with_the_design_is_said_once_beside_it(captain):
    set_availability(product="mug", option="MATT", available=False, now=NOW)

    response = captain.send("Text\tColour\nAda\tBlue\nBo\tpurple\nCy\tWhite\n")

    page = response.content.decode()
    design, rows = page.split("</aside>")
    assert response.status_code == 400
    assert design.count("sold out") == 1
    assert "sold out" not in rows
    assert "One row needs a hand" in rows
    assert rows.count('class="team__row--wrong"') == 1


def test_the_quantity_discount_counts_the_whole_team_and_the_cart(captain):
    captain.add(captain.send("Text\n" + "Ada\n" * 9))

    page = captain.send("Text\nBo\n").content.decode()
    captain.add(captain.send("Text\nBo\n"))

    assert "€10.80" in page
    assert '<strong class="figures">€108.00</strong>' not in page
    assert "€108.00" in captain.see("/cart/")


def test_a_way_that_changes_the_quantity_says_what_is_charged(captain, monkeypatch):
    monkeypatch.setattr(ports, "lines_beside", lines_beside)
    rule = {"code": "N1", "text": "glaze = GLOSS => quantity >= 10", "reason": {}}
    document = {**MUG, "rules": [*MUG["rules"], rule], "release": "2"}
    publish({**document, "extra": {"one_design": {"beside": ["text", "colour"]}}})
    captain.add(captain.send("Text\n" + "Ada\n" * 8))

    page = captain.see("/shop/mug/?c.colour=WHITE&c.glaze=MATT&c.text=Bo&quantity=1")

    # Ten in gloss are another design: 108.00 for them, 12.00 for the one in matt.
    assert "With those in your cart there are 9 of this design." in page
    assert "Quantity: 10 (+\N{WORD JOINER}€96.00)" in page


def test_changing_one_line_counts_all_lines_of_its_design(captain, monkeypatch):
    monkeypatch.setattr(ports, "lines_beside", lines_beside)
    rule = {"code": "N1", "text": "glaze = GLOSS => quantity >= 10", "reason": {}}
    document = {**MUG, "rules": [*MUG["rules"], rule], "release": "2"}
    publish({**document, "extra": {"one_design": {"beside": ["text", "colour"]}}})
    design = {"c.colour": "WHITE", "c.glaze": "GLOSS"}
    answer = captain.post(PATH, {**design, "list": "Text\n" + "Ada\n" * 10})
    captain.add(answer, **design)
    line = CartLine.objects.latest("pk")
    query = "c.colour=WHITE&c.glaze=GLOSS&c.text=Ada&quantity=1"

    alone = Buyer().get(f"/shop/mug/?{query}").content.decode()
    page = captain.see(f"/shop/mug/?{query}&line={line.pk}")

    assert "Something is still open" not in page
    assert "These do not go together" in alone
    assert "These do not go together" not in page
    assert "With those in your cart there are 10 of this design." in page
    own = find(r'name="shown_minor" value="(\d+)"', page)
    assert captain.see("/cart/").count(f"€{int(own) / 100:.2f}") >= 10


def test_mistakes_stand_in_their_rows_with_what_was_typed(captain):
    response = captain.send("Text\tColour\nAda\tblu\nBo😀\tWhite\nCy\tGold\n")

    page = response.content.decode()
    assert response.status_code == 400
    assert "3 rows need a hand:" in page
    assert find('name="cell.2.1" id="[^"]*" value="([^"]*)"', page) == "blu"
    assert "“blu” is not an option; there are White, Blue, Gold." in page
    assert "Use “Blue”" in page
    assert "The character “😀” at position 3 cannot be made." in page
    assert page.count("Gold flakes off a matt glaze.") == 1
    assert "Put all of it into the cart" not in page


def test_cells_are_mended_in_place(captain):
    wrong = "Text\tColour\n\nAda\tblu\nBo\tblu\n"
    by_hand = captain.send(wrong, **{"cell.3.1": "Blue", "cell.4.1": "White"})
    by_button = captain.send(wrong, mend='[1, "blu", "Blue"]')

    for answer in (by_hand, by_button):
        assert "Every row can be made." in answer.content.decode()


def test_a_list_with_mistakes_is_not_added_whatever_button_is_sent(captain):
    response = captain.send("Text\tColour\nAda\tblu\n", action="add", once="k" * 20)

    assert response.status_code == 400
    assert CartLine.objects.count() == 0


def test_columns_that_mean_nothing_here_are_left_out_on_demand(captain):
    text = "Text\tShoe size\nAda\t44\n"

    told = captain.send(text).content.decode()
    left_out = captain.send(text, action="leave_out").content.decode()

    assert "the column “Shoe size”" in told
    assert "Put all of it into the cart" not in told
    assert "Put all of it into the cart" in left_out
    assert "44" not in left_out.split("<textarea")[1].split("</textarea>")[0]


def test_a_price_that_changed_meanwhile_is_shown_and_not_charged(captain):
    answer = captain.send()
    document = {**MUG, "prices": {"entries": [], "breaks": []}}
    entry = {"code": "BASE", "basis": "UNIT", "amount_minor": 1300}
    document["prices"]["entries"] = [entry]
    publish(document)

    refused = captain.add(answer)

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Prices have changed since you saw them" in page
    assert "€39.00" in page
    assert CartLine.objects.count() == 0
    assert captain.add(refused).status_code == 302


def test_a_full_cart_says_how_many_fit(captain, monkeypatch):
    monkeypatch.setattr("orders.services.rosters.MAX_LINES", 3)
    captain.add(captain.send())

    refused = captain.add(captain.send())

    assert refused.status_code == 409
    assert "1 more fit into yours" in refused.content.decode()
    assert CartLine.objects.count() == 2


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_template_comes_filled_in_and_can_be_sent_back(captain, kind):
    content = captain.get(f"{PATH}list.{kind}?c.colour=BLUE&c.glaze=GLOSS").content

    table = read_file(content)
    file = file_of(content, f"team.{kind}")
    page = captain.send("", file=file).content.decode()

    assert table.header == ("Text", "Colour", "Quantity")
    assert "2 rows, 3 pieces" in page


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", 400, "neither a CSV file nor an XLSX workbook"),
        (b"PK\x03\x04", 400, "The workbook is damaged."),
        (b"Text\n", 400, "The list is empty"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(captain, content, status, words):
    response = captain.send("", file=file_of(content))

    assert response.status_code == status
    assert words in response.content.decode()


def test_a_bomb_is_refused_before_it_is_unpacked(captain):
    buffer = io.BytesIO(write_workbook([["Text"], ["Ada"]], title="Team"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b" " * 40_000_000)

    response = captain.send("", file=file_of(buffer.getvalue()))

    assert response.status_code == 413
    assert "The workbook unpacks to too much." in response.content.decode()


def test_names_with_html_are_text(captain):
    page = captain.send("Text\n<b>Ada</b>\n").content.decode()

    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<b>Ada" not in page


@pytest.mark.parametrize("path", ["/shop/teapot/team/", f"{PATH}list.ods"])
def test_there_is_no_list_for_what_does_not_exist(captain, path):
    assert captain.get(path).status_code == 404


def test_without_its_key_a_list_is_not_added(captain):
    response = captain.send(action="add")

    assert response.status_code == 400
    assert "Idempotency-Key" in response.content.decode()


def test_a_release_published_meanwhile_is_what_the_list_is_checked_against(captain):
    answer = captain.send()
    draft = copy_release(release_id=CatalogueRelease.objects.get().pk, now=NOW)
    publish_release(release_id=draft.pk, now=NOW)

    assert captain.add(answer).status_code == 302
    numbers = {line.configuration.release.number for line in CartLine.objects.all()}
    assert numbers == {2}
