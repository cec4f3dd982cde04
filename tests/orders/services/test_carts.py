"""A cart keeps every line as it was put in, and prices it by itself."""

from datetime import timedelta

import pytest

from configurator.services.errors import InvalidError, NotFoundError
from orders.models import Cart, CartLine
from orders.selectors.carts import cart_answer, count_lines, lines_beside
from orders.services import carts
from tests.factories.access import make_user
from tests.factories.orders import BENCH, MUG, NOW, publish

pytestmark = pytest.mark.django_db
WHITE = {"colour": "WHITE", "glaze": "MATT"}


@pytest.fixture
def cart(db) -> Cart:
    publish(MUG)
    return carts.get_or_create_cart(token=None, user=None, now=NOW)


def add(cart: Cart, quantity: int = 1, **choices) -> CartLine:
    return carts.add_line(
        cart=cart,
        product="mug",
        choices={**WHITE, **choices},
        quantity=quantity,
        now=NOW,
    )


def test_equal_lines_with_the_same_text_are_never_merged(cart):
    add(cart, text="Ada ")
    add(cart, text="Ada ")

    answer = cart_answer(cart=cart, language="en", user=None)

    assert [line["quantity"] for line in answer["lines"]] == [1, 1]
    texts = [line["configuration"]["choices"]["text"] for line in answer["lines"]]
    assert texts == ["Ada ", "Ada "]


def test_quantity_breaks_count_for_each_line_by_itself(cart):
    add(cart, 10)
    add(cart, 1)

    answer = cart_answer(cart=cart, language="de", user=None)

    assert answer["total_minor"] == 10_800 + 1200
    first = answer["lines"][0]
    assert first["name"] == "Becher"
    assert first["price_lines"][0] == {"label": "Becher", "amount_minor": 12_000}


def test_a_bespoke_line_leaves_the_total_open(cart):
    publish(BENCH)
    carts.add_line(cart=cart, product="bench", choices=WHITE, quantity=1, now=NOW)

    answer = cart_answer(cart=cart, language="en", user=None)

    assert (answer["total_minor"], answer["lines"][0]["total_minor"]) == (None, None)


def test_a_line_can_be_changed_and_removed(cart):
    line = add(cart, 1, text="Ada")

    carts.update_line(cart=cart, line_id=line.pk, quantity=3, now=NOW)
    changed = carts.update_line(
        cart=cart, line_id=line.pk, choices={**WHITE, "text": "Bo"}, now=NOW
    )
    assert (changed.quantity, changed.configuration.choices["text"]) == (3, "Bo")
    carts.remove_line(cart=cart, line_id=line.pk, now=NOW)

    assert cart_answer(cart=cart, language="en", user=None)["lines"] == []


def test_what_cannot_be_made_does_not_come_into_the_cart(cart):
    with pytest.raises(InvalidError) as caught:
        add(cart, colour="GOLD")
    assert "choices.colour" in {each.field for each in caught.value.problems}
    line = add(cart)
    with pytest.raises(InvalidError):
        carts.update_line(cart=cart, line_id=line.pk, quantity=0, now=NOW)

    line.refresh_from_db()
    assert line.quantity == 1


def test_a_line_of_an_older_release_is_marked(cart):
    add(cart)
    publish(MUG)

    (line,) = cart_answer(cart=cart, language="en", user=None)["lines"]

    assert not line["is_on_sale"]


def test_another_cart_s_line_is_not_found(cart):
    line = add(cart)
    other = carts.get_or_create_cart(token=None, user=None, now=NOW)

    with pytest.raises(NotFoundError):
        carts.remove_line(cart=other, line_id=line.pk, now=NOW)


def test_a_guests_cart_becomes_the_users_at_sign_in(cart):
    user = make_user()

    taken = carts.get_or_create_cart(token=cart.token, user=user, now=NOW)

    assert (taken, taken.user) == (cart, user)
    assert carts.get_or_create_cart(token=None, user=user, now=NOW) == cart


def test_another_users_cart_is_not_given(cart):
    carts.get_or_create_cart(token=cart.token, user=make_user(), now=NOW)

    for user in (None, make_user("bob")):
        given = carts.get_or_create_cart(
            token=cart.token, user=user, now=NOW + timedelta(hours=1)
        )
        assert given != cart


@pytest.mark.parametrize("n", [1, 3])
def test_reading_a_cart_takes_two_queries(cart, n, django_assert_num_queries):
    for index in range(n):
        add(cart, text=str(index))
    cart_answer(cart=cart, language="en", user=None)

    with django_assert_num_queries(2):
        cart_answer(cart=cart, language="en", user=None)


def test_the_other_lines_of_a_product_are_listed_in_their_order(cart):
    publish(BENCH)
    carts.add_line(cart=cart, product="bench", choices=WHITE, quantity=1, now=NOW)
    first, second = add(cart, text="Zoë"), add(cart, 2)

    def beside(but: int | None):
        found = lines_beside(token=cart.token, user_id=None, product="mug", but=but)
        return [(choices.get("text"), quantity) for choices, quantity in found]

    assert beside(None) == [("Zoë", 1), (None, 2)]
    assert beside(first.pk) == [(None, 2)]
    assert beside(second.pk) == [("Zoë", 1)]
    assert beside(10**30) == beside(None)
    assert count_lines(token=cart.token, user=None) == 3


def test_whoever_knows_the_token_of_anothers_cart_sees_nothing_of_it(cart):
    anna, bob = make_user("anna"), make_user("bob")
    add(cart)
    Cart.objects.filter(pk=cart.pk).update(user=anna)

    def seen(user):
        number = user.pk if user else None
        found = lines_beside(token=cart.token, user_id=number, product="mug", but=None)
        return (len(found), count_lines(token=cart.token, user=user))

    assert [seen(each) for each in (anna, bob, None)] == [(1, 1), (0, 0), (0, 0)]
