"""Products as customers see them: the list and one product's questions."""

from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.models import CatalogueRelease, Product, User
from configurator.selectors.kept import Keyed
from configurator.selectors.releases import LiveRelease, live_release
from configurator.selectors.words import in_language
from configurator.states import ReleaseState

Answer = dict[str, Any]


def list_products(*, user: User | None = None) -> QuerySet[Product]:
    """List what the caller may order: on sale, and shown unless staff asks."""
    on_sale = CatalogueRelease.objects.filter(
        product=OuterRef("pk"), state=ReleaseState.ACTIVE
    )
    products = Product.objects.filter(Exists(on_sale))
    is_staff = user is not None and user.is_staff
    return products if is_staff else products.filter(is_listed=True)


def product_summary(product: Product, *, language: str | None = None) -> Answer:
    """Give a product as a line of the list."""
    return {
        "slug": product.slug,
        "name": in_language(product.name, language),
        "kind": product.kind,
        "from_price_minor": product.from_price_minor,
        "currency": product.currency,
    }


def product_answer(*, product: str, language: str | None = None) -> Answer:
    """Give one product with its questions and possible answers."""
    return describe_release(live_release(product), language=language)


def describe_release(release: LiveRelease, *, language: str | None = None) -> Answer:
    """Give the questions of a release in a language, put together once for all."""
    spoken = language or get_language()
    key = (release.product, release.number, release.definition_sha256, spoken)
    return _describe(Keyed(key, (release.definition, release.kind, spoken)))


@lru_cache(maxsize=64)
def _describe(asked: Keyed[tuple[Definition, str, str | None]]) -> Answer:
    definition, kind, language = asked.take()
    return {
        "slug": definition.product,
        "name": in_language(definition.name, language),
        "description": in_language(definition.description, language),
        "kind": kind,
        "release": definition.release,
        "currency": definition.currency,
        "quantity": _quantity(definition),
        "characteristics": [
            _characteristic(each, language) for each in definition.characteristics
        ],
    }


def _quantity(definition: Definition) -> Answer:
    allowed = definition.quantity
    if allowed.values:
        return {"values": list(allowed.values)}
    return {"min": allowed.minimum, "max": allowed.maximum, "step": allowed.step}


def _characteristic(each: Characteristic, language: str | None) -> Answer:
    return {
        "code": each.code,
        "name": in_language(each.name, language) or each.code,
        "kind": each.kind.value,
        "required": each.required,
        "default": list(each.default)
        if isinstance(each.default, tuple)
        else each.default,
        **_limits(each, language),
    }


def _limits(each: Characteristic, language: str | None) -> Answer:
    match each.kind:
        case Kind.CHOICE | Kind.MULTI:
            options = [
                {
                    "code": option.code,
                    "name": in_language(option.name, language) or option.code,
                    "tint": option.tint,
                }
                for option in each.options
            ]
            return {"options": options}
        case Kind.NUMBER:
            return {
                "min": each.minimum,
                "max": each.maximum,
                "step": each.step,
                "unit": each.unit,
            }
        case Kind.TEXT:
            return {"max_length": each.max_length, "alphabet": each.letters}
        case Kind.FILE:
            return {"min_dpi": each.min_dpi, "print_width_mm": each.print_width_mm}
