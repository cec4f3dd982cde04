from datetime import timedelta

import pytest

from configurator.models import Availability
from configurator.services.availability import set_availability
from production.models import LineSlot
from production.services.sequencing import sequence_all
from production.services.shortages import NO_BLANK, restock
from tests.factories.floor import make_line, make_unit
from tests.factories.production import NOW

pytestmark = pytest.mark.django_db
TOMORROW = (NOW + timedelta(days=1)).date()


def test_what_is_back_on_its_date_is_sold_again_and_its_units_go_on():
    unit = make_unit(make_line())
    sequence_all(now=NOW)
    LineSlot.objects.update(blocked_reason=NO_BLANK)
    product = unit.configuration.release.product
    characteristic, option = next(iter(unit.configuration.choices.items()))
    set_availability(
        product=product.slug,
        characteristic=characteristic,
        option=option,
        available=False,
        back_on=TOMORROW,
        now=NOW,
    )

    assert restock(now=NOW) == 0
    assert LineSlot.objects.get().blocked_reason == NO_BLANK
    assert restock(now=NOW + timedelta(days=1)) == 1
    assert LineSlot.objects.get().blocked_reason == ""
    assert Availability.objects.get().is_available
    assert restock(now=NOW + timedelta(days=2)) == 0
