"""Wake-ups of this app; what is to be done stands in the database."""

from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from configurator.selectors.clock import factory_now
from orders.services.charging import settle_payments
from orders.services.downloads import hand_out_files
from orders.services.expiring import expire_quotations, expire_unpaid_orders
from orders.services.issuing import issue_documents
from orders.services.mailing import send_mails
from orders.services.outgoing import pay_refunds, void_charges
from orders.services.standing import place_standing_orders

UNPAID_FOR = timedelta(days=14)

log = structlog.get_logger(__name__)


@shared_task(name="orders.send_mails", time_limit=300)
def send_waiting_mails(**_: Any) -> None:
    real_now = timezone.now()
    n_sent = send_mails(now=factory_now(real_now=real_now), real_now=real_now)
    if n_sent:
        log.info("mails_sent", n=n_sent)


@shared_task(name="orders.hand_out_files", time_limit=300)
def hand_out_made_files(**_: Any) -> None:
    n_orders = hand_out_files(now=factory_now(real_now=timezone.now()))
    if n_orders:
        log.info("files_handed_out", n=n_orders)


@shared_task(name="orders.place_standing_orders", time_limit=300)
def place_due_standing_orders(**_: Any) -> None:
    n_orders = place_standing_orders(now=factory_now(real_now=timezone.now()))
    if n_orders:
        log.info("standing_orders_placed", n=n_orders)


@shared_task(name="orders.pay_refunds", time_limit=300)
def pay_waiting_refunds(**_: Any) -> None:
    real_now = timezone.now()
    n_paid = pay_refunds(now=factory_now(real_now=real_now), real_now=real_now)
    if n_paid:
        log.info("refunds_paid", n=n_paid)


@shared_task(name="orders.settle_payments", time_limit=300)
def settle_begun_payments(**_: Any) -> None:
    real_now = timezone.now()
    now = factory_now(real_now=real_now)
    n_settled = settle_payments(now=now, real_now=real_now)
    n_voided = void_charges(now=now, real_now=real_now)
    if n_settled or n_voided:
        log.info("payments_settled", n=n_settled, n_voided=n_voided)


@shared_task(name="orders.issue_documents", time_limit=300)
def issue_waiting_documents(**_: Any) -> None:
    real_now = timezone.now()
    n_issued = issue_documents(now=factory_now(real_now=real_now), real_now=real_now)
    if n_issued:
        log.info("documents_issued", n=n_issued)


@shared_task(name="orders.expire_unpaid_orders", time_limit=300)
def expire_old_orders(**_: Any) -> None:
    now = factory_now(real_now=timezone.now())
    n_quotations = expire_quotations(now=now)
    n_expired = expire_unpaid_orders(older_than=UNPAID_FOR, now=now)
    if n_expired or n_quotations:
        log.info("orders_expired", n=n_expired, n_quotations=n_quotations)
