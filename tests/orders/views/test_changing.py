"""A line is changed freely while it is not on the floor: taken back, ordered anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from configurator.services.availability import set_availability
from orders.models import CartLine, Order, OrderLine, Refund
from orders.ports import MethodDecision, ports
from tests.orders.views.conftest import Buyer

pytestmark = pytest.mark.django_db


@pytest.fixture
def free_for(monkeypatch):
    """Let what is ordered from now on be changed for so long."""

    def allow(free: timedelta) -> None:
        def choose(*, now, **_question):
            return MethodDecision("JOB", (), edit_until=now + free)

        monkeypatch.setattr(ports, "method_choice", choose)

    return allow


def change(buyer: Buyer, url: str, **form):
    line = OrderLine.objects.order_by("pk")[0]
    path, _sign, query = url.partition("?")
    return buyer.post(f"{path}lines/{line.pk}/change/?{query}", form)


def test_a_paid_line_is_taken_back_with_its_text_and_changed_in_the_configurator(
    buyer, free_for
):
    free_for(timedelta(hours=1))
    buyer.choose(text=" Ada ")
    url = buyer.buy()
    offered = buyer.see(url)

    key = "k" * 32
    sent = [change(buyer, url, once=key) for _click in range(2)]

    line = CartLine.objects.get()
    assert "Take it back and change it" in offered
    assert "Free of charge until" in offered
    assert sent[0]["Location"] == sent[1]["Location"]
    assert sent[0]["Location"].startswith("/shop/mug/?")
    assert sent[0]["Location"].endswith(f"&line={line.pk}")
    assert line.configuration.choices["text"] == " Ada "
    assert Order.objects.get().state == "CANCELLED"
    assert Refund.objects.get().amount_minor == 1200


def test_after_its_time_it_can_no_longer_be_changed(buyer, free_for):
    free_for(timedelta(0))
    buyer.choose()
    url = buyer.buy()

    refused = change(buyer, url)

    assert refused.status_code == 409
    assert "Take it back" not in buyer.see(url)
    assert Order.objects.get().state == "CONFIRMED"
    assert not CartLine.objects.exists()


def test_what_cannot_be_made_today_stays_ordered(buyer, free_for):
    free_for(timedelta(hours=1))
    buyer.choose()
    url = buyer.buy()
    set_availability(
        product="mug",
        characteristic="colour",
        option="WHITE",
        available=False,
        back_on=None,
        now=timezone.now(),
    )

    refused = change(buyer, url)

    assert refused.status_code == 400
    assert Order.objects.get().state == "CONFIRMED"
    assert not Refund.objects.exists()
