"""Orders by themselves: the ports of other apps have their safe defaults."""

from collections.abc import Callable, Iterator

import pytest

from configurator.ports import Ports as CataloguePorts
from configurator.ports import ports as catalogue_ports
from orders.ports import (
    LineProgress,
    OrderProgressReport,
    Ports,
    UnitProgress,
    ports,
)
from orders.signals import order_confirmed, proof_answered
from tests.support.stripe_server import KEY, WEBHOOK_SECRET, StripeServer

Progress = Callable[..., None]


@pytest.fixture(autouse=True)
def _ports_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for filled, defaults in ((ports, Ports), (catalogue_ports, CataloguePorts)):
        for name in defaults.__annotations__:
            monkeypatch.setattr(filled, name, getattr(defaults, name))


@pytest.fixture
def progress(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """Tell a floor's progress: ``progress({line_id: "MADE"})``."""

    def tell(stages: dict[int, str], production_state: str = "IN_PROGRESS") -> None:
        lines = {
            line_id: LineProgress(stage, (UnitProgress(f"W-{line_id}", stage),))
            for line_id, stage in stages.items()
        }
        report = OrderProgressReport(production_state, lines)
        monkeypatch.setattr(
            ports,
            "order_progress",
            lambda *, order_ids: dict.fromkeys(order_ids, report),
        )

    return tell


@pytest.fixture
def heard() -> Iterator[list[dict[str, object]]]:
    """Collect what the signals of this app say."""
    news: list[dict[str, object]] = []

    def listen(sender: object, signal: object, **words: object) -> None:
        news.append(words)

    for signal in (order_confirmed, proof_answered):
        signal.connect(listen, weak=False)
    yield news
    for signal in (order_confirmed, proof_answered):
        signal.disconnect(listen)


@pytest.fixture
def stripe(settings) -> Iterator[StripeServer]:
    """Take money by Stripe's adapter, from a server of our own on loopback."""
    with StripeServer() as server:
        settings.PAYMENT_PROVIDERS = ["stripe"]
        settings.STRIPE_API_BASE = server.url
        settings.STRIPE_SECRET_KEY = KEY
        settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
        yield server
