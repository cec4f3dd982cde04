"""Facts of the catalogue and of who may call."""

from configurator.models.access import (
    ApiKey,
    FactoryClock,
    IdempotencyKey,
    Upload,
    User,
)
from configurator.models.catalogue import (
    Availability,
    CatalogueRelease,
    Configuration,
    Design,
    Product,
    UnwantedWord,
)
from configurator.models.drafts import (
    BomLine,
    Characteristic,
    Option,
    PriceList,
    PriceRule,
    Routing,
    RoutingStep,
    Rule,
)

__all__ = [
    "ApiKey",
    "Availability",
    "BomLine",
    "CatalogueRelease",
    "Characteristic",
    "Configuration",
    "Design",
    "FactoryClock",
    "IdempotencyKey",
    "Option",
    "PriceList",
    "PriceRule",
    "Product",
    "Routing",
    "RoutingStep",
    "Rule",
    "UnwantedWord",
    "Upload",
    "User",
]
