"""The providers that this shop takes money by."""

from collections.abc import Mapping

from django.conf import settings

from orders.payments.counter import CounterProvider
from orders.payments.dummy import DummyProvider
from orders.payments.port import PaymentProvider
from orders.payments.stripe import StripeProvider

PROVIDERS: Mapping[str, PaymentProvider] = {
    "dummy": DummyProvider(),
    "stripe": StripeProvider(),
}
# Staff take money by it, whatever is switched on for buyers.
COUNTER: PaymentProvider = CounterProvider()


def list_providers() -> list[str]:
    """Name the providers that are switched on, in the order of the settings."""
    return [name for name in settings.PAYMENT_PROVIDERS if name in PROVIDERS]


def find_provider(name: str) -> PaymentProvider | None:
    """Give a provider that is switched on."""
    return PROVIDERS[name] if name in list_providers() else None


def provider_of(name: str) -> PaymentProvider:
    """Give the provider of a charge made earlier, whether or not it is still on."""
    return COUNTER if name == "counter" else PROVIDERS[name]
