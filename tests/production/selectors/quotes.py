"""Quotes and what stands before them, for the tests of promises."""

from datetime import timedelta

from production.models import Batch, WorkCentre
from production.selectors.loads import seconds
from production.selectors.promises import forget_shop, quote_promise
from tests.factories.production import NOW, SHIRT, publish

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def quote(release, quantity=1, now=NOW, **words):
    choices = words.pop("choices", {"colour": "NAVY"})
    forget_shop()
    return quote_promise(
        product=release.product.slug,
        release_id=release.id,
        choices=choices,
        quantity=quantity,
        now=now,
        **words,
    )


def publish_juice(*materials):
    flow = {**SHIRT["routings"][1], "when": None, "method": "FLOW"}
    return publish(
        product="juice", kind="STANDARD", routings=[flow], materials=list(materials)
    )


def fill_a_load(colour, *, room=400_000, closes=10 * MINUTE, centre="SCREEN-1"):
    return Batch.objects.create(
        number=f"B-{colour}",
        work_centre=WorkCentre.objects.get(code=centre),
        state="PROPOSED",
        batch_key=f"colour={colour}",
        capacity_milli=18_000,
        load_milli=18_000 - room,
        measure="TRAY",
        run_s=900,
        reasons={"freeze_at_s": seconds(NOW + closes)},
        created_at=NOW,
    )
