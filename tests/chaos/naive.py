"""The design that loses orders: one message per order, sent on commit, swept by nobody.

A test double that shows the harness can fail. It shares the pipeline's writing code
and differs only in what wakes it.
"""

from typing import Any

from celery import shared_task
from django.apps import AppConfig
from django.db import transaction
from django.utils import timezone


class NaiveConfig(AppConfig):
    name = "tests.chaos"
    label = "naive_design"

    def ready(self) -> None:
        from orders.signals import order_confirmed

        # What the product's own nudge wakes would rescue all that is lost here.
        nudge = "production.nudge_release"
        if not order_confirmed.disconnect(dispatch_uid=nudge):
            raise RuntimeError(f"{nudge} is not there to be taken away")
        order_confirmed.connect(send_one, weak=False)


def send_one(*, order_ids: list[int], **_: Any) -> None:
    for order_id in order_ids:
        try:
            release_one.apply_async(kwargs={"order_id": order_id}, retry=False)
        except Exception:  # noqa: S112 -- a naive shop lets the order through
            continue


@shared_task(name="naive.release_one")
def release_one(*, order_id: int, **_: Any) -> None:
    from orders.models import OutboxMessage
    from production.services import release

    with transaction.atomic():
        messages = list(
            OutboxMessage.objects.select_for_update().filter(
                kind="release", order_id=order_id
            )
        )
        if messages:
            release._release(messages, timezone.now())
