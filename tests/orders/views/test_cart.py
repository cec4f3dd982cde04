"""The cart's page: every line by itself, its words exact, nothing lost."""

import pytest

from configurator.models import User
from orders.models import Cart, CartLine
from tests.factories.access import make_user
from tests.factories.orders import MUG, publish
from tests.orders.views.conftest import WHITE, Buyer
from tests.support.html import find

pytestmark = pytest.mark.django_db
TEXT = "  Ada  & <Søn>"


def test_an_empty_cart_says_so_and_makes_no_row(buyer):
    assert "Nothing in it yet" in buyer.see("/cart/")
    assert Cart.objects.count() == 0


def test_a_design_comes_into_the_cart_with_picture_words_and_price(buyer):
    response = buyer.choose()

    html = buyer.see("/cart/")
    sha256 = CartLine.objects.get().configuration.sha256
    assert response.status_code == 302
    assert f"/thumbnails/{sha256}.png" in html
    assert "<dt>Colour</dt><dd>White</dd>" in html
    assert "€12.00" in html
    assert '<span class="count figures">1</span>' in html


def test_a_personal_text_is_shown_byte_for_byte(buyer):
    buyer.choose(text="  Ada  &  Søn ")

    html = buyer.see("/cart/")

    assert CartLine.objects.get().configuration.choices["text"] == "  Ada  &  Søn "
    assert '<span class="exact-text">  Ada  &amp;  Søn </span>' in html


def test_equal_lines_are_never_merged(buyer):
    buyer.choose(text="Ada")
    buyer.choose(text="Ada")

    assert len(buyer.line_ids()) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "PINK"}, "Colour: “PINK” is not an option."),
        ({"glaze": ""}, "Glaze: Please choose."),
        ({"colour": "GOLD"}, "Gold flakes off a matt glaze."),
        ({"text": "Ada 😀"}, "Text: The character “😀” at position 5 cannot be made."),
        ({"quantity": "0"}, "Quantity: The quantity must be from 1 to 10000"),
        ({"handle": "LEFT"}, "This product has no characteristic “handle”."),
    ],
)
def test_what_cannot_be_made_is_refused_by_name_and_not_stored(buyer, changes, words):
    response = buyer.choose(**changes)

    html = response.content.decode()
    assert response.status_code == 400
    assert words in html
    assert "Back to your design" in html
    assert CartLine.objects.count() == 0


def test_an_unknown_product_is_not_found(buyer):
    assert buyer.choose("teapot").status_code == 404


def test_a_quantity_changes_with_its_break(buyer):
    buyer.choose()
    line_id = buyer.line_ids()[0]

    buyer.post(f"/cart/lines/{line_id}/", {"quantity": "10"})

    assert CartLine.objects.get().quantity == 10
    assert "€108.00" in buyer.see("/cart/")


def test_a_quantity_that_is_not_sold_is_refused(buyer):
    buyer.choose()
    line_id = buyer.line_ids()[0]

    response = buyer.post(f"/cart/lines/{line_id}/", {"quantity": "0"})

    assert response.status_code == 400
    assert CartLine.objects.get().quantity == 1


def test_htmx_is_shown_at_the_line_what_is_wrong(buyer):
    buyer.choose()
    line_id = buyer.line_ids()[0]

    response = buyer.post(
        f"/cart/lines/{line_id}/", {"quantity": "0"}, headers={"HX-Request": "true"}
    )

    html = response.content.decode()
    assert response.status_code == 200
    assert html.lstrip().startswith('<div id="cart">')
    assert "The quantity must be from 1 to 10000" in html


def test_a_line_goes_back_into_the_configurator_and_comes_back_changed(buyer):
    buyer.choose(text="Ada")
    line_id = buyer.line_ids()[0]
    edit = find(r'href="(/shop/mug/[^"]*)"', buyer.see("/cart/"))

    page = buyer.see(edit.replace("&amp;", "&"))
    buyer.choose(colour="BLUE", text="Eva ", line=str(line_id))

    line = CartLine.objects.get()
    assert 'value="Ada"' in page
    assert "Save changes" in page
    assert line.pk == line_id
    assert line.configuration.choices["text"] == "Eva "
    assert line.configuration.choices["colour"] == "BLUE"


def test_a_line_that_has_gone_while_it_was_edited_comes_back_as_a_new_one(buyer):
    buyer.choose()

    buyer.choose(text="Ada", line="999999")

    assert len(buyer.line_ids()) == 2


def test_a_line_taken_out_can_be_put_back_as_it_was(buyer):
    buyer.choose(text=" Ada ", quantity="3")
    line_id = buyer.line_ids()[0]

    buyer.post(f"/cart/lines/{line_id}/", {"action": "remove"})
    html = buyer.see("/cart/")
    buyer.post("/cart/restore/")

    line = CartLine.objects.get()
    assert "Mug was taken out." in html
    assert "Put it back" in html
    assert line.quantity == 3
    assert line.configuration.choices["text"] == " Ada "
    assert "Put it back" not in buyer.see("/cart/")


def test_putting_back_twice_puts_back_once(buyer):
    buyer.choose()
    buyer.post(f"/cart/lines/{buyer.line_ids()[0]}/", {"action": "remove"})

    buyer.post("/cart/restore/")
    buyer.post("/cart/restore/")

    assert CartLine.objects.count() == 1


def test_anothers_line_is_out_of_reach(buyer):
    buyer.choose()
    line_id = buyer.line_ids()[0]
    other = Buyer()
    other.choose()

    response = other.post(f"/cart/lines/{line_id}/", {"action": "remove"})

    assert response.status_code == 404
    assert CartLine.objects.count() == 2


def test_a_guests_cart_comes_along_at_sign_in(buyer):
    buyer.choose()
    user = make_user("anna")
    user.set_password("customer-anna")
    user.save()

    buyer.post("/accounts/login/", {"login": "anna", "password": "customer-anna"})
    buyer.choose(colour="BLUE")

    assert len(buyer.line_ids()) == 2
    assert Cart.objects.get().user == user


def test_a_buyer_finds_the_cart_on_another_device(anna):
    anna.choose()
    elsewhere = Buyer()
    elsewhere.force_login(User.objects.get())

    assert len(elsewhere.line_ids()) == 1


def test_a_bespoke_piece_is_estimated_and_quoted_later(buyer):
    buyer.choose("bench")

    html = buyer.see("/cart/")

    assert "about €12.00" in html
    assert "you get a quotation first" in html


def test_a_line_whose_product_has_changed_says_so(buyer):
    buyer.choose()
    publish({**MUG, "release": "2"})

    assert "This product has changed" in buyer.see("/cart/")


@pytest.mark.parametrize("n", [1, 3])
def test_the_cart_asks_as_often_for_many_lines_as_for_one(
    buyer, django_assert_num_queries, n
):
    for _line in range(n):
        buyer.choose()
    buyer.get("/cart/")

    # Clock, session; cart, lines, releases on sale; the count in the header.
    with django_assert_num_queries(7):
        buyer.get("/cart/")


def test_a_product_page_beside_a_cart_asks_as_few_questions(
    buyer, django_assert_num_queries
):
    buyer.choose()
    buyer.see("/shop/mug/")

    # Clock, session, release; the count in the header.
    with django_assert_num_queries(4):
        buyer.see("/shop/mug/")


def test_a_cart_needs_a_post(buyer):
    assert buyer.get("/cart/add/mug/", WHITE).status_code == 405


def test_pictures_are_counted_together_wherever_a_guest_sends_them(buyer):
    from django.core.files.uploadedfile import SimpleUploadedFile

    publish(
        {
            **MUG,
            "release": "2",
            "characteristics": [
                *MUG["characteristics"],
                {
                    "code": "crest",
                    "name": {"en": "Crest"},
                    "kind": "FILE",
                    "required": False,
                },
            ],
        }
    )
    for _picture in range(30):
        file = SimpleUploadedFile("a.png", b"nonsense")
        buyer.post("/shop/mug/", {**WHITE, "file.crest": file})

    file = SimpleUploadedFile("a.png", b"nonsense")
    response = buyer.post("/cart/add/mug/", {**WHITE, "file.crest": file})

    assert response.status_code == 400
    assert "Crest: That were many pictures" in response.content.decode()
