"""The shapes of the catalogue's part of the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from configurator.models import Product
from configurator.selectors.json_fields import ExactText, WholeNumber
from configurator.states import CharacteristicKind, ProductKind

LARGEST_QUANTITY = 10_000
MOST_ANSWERS = 2_000
LONGEST_NAME = 128
ANSWER = {
    "nullable": True,
    "oneOf": [
        {"type": "string"},
        {"type": "integer"},
        {"type": "array", "items": {"type": "string"}},
    ],
}


class Truth(serializers.BooleanField):
    """``true`` or ``false`` and nothing that merely reads so."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "object", "additionalProperties": ANSWER})
class Choices(serializers.Field[dict[str, Any], Any, Any, Any]):
    """Answers by characteristic; the release alone knows which are possible."""

    default_error_messages = {
        "invalid": _("An object of answers by characteristic is needed."),
        "many": _("There are too many answers."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        if len(data) > MOST_ANSWERS:
            self.fail("many")
        return {name: whole(value) for name, value in data.items()}

    def to_representation(self, value: Any) -> Any:
        return value


def whole(value: Any) -> Any:
    """Take 5.0 for 5: JSON has one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class Quantity(WholeNumber):
    """Sold units of one order line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_QUANTITY, **options)


class ConfigureRequest(serializers.Serializer[Any]):
    choices = Choices(default=dict)
    quantity = Quantity(required=False)


class CompleteRequest(ConfigureRequest):
    objective = serializers.ChoiceField(
        choices=["CHEAPEST", "POPULAR"], default="CHEAPEST"
    )


class DesignRequest(serializers.Serializer[Any]):
    product = ExactText(max_length=64)
    choices = Choices()


class DesignChange(serializers.Serializer[Any]):
    """What is not named stays as it is."""

    choices = Choices(required=False)


class UploadRequest(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=200, allow_empty_file=True)


class AvailabilityRequest(serializers.Serializer[Any]):
    characteristic = ExactText(max_length=128, required=False, default="")
    option = ExactText(max_length=64)
    available = Truth()
    back_on = serializers.DateField(required=False, allow_null=True, default=None)


class ProductSummary(serializers.ModelSerializer[Product]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=ProductKind.values)

    class Meta:
        model = Product
        fields = ["slug", "name", "kind", "from_price_minor", "currency"]


class OptionAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    tint = serializers.CharField(allow_null=True)


class QuantityAnswer(serializers.Serializer[Any]):
    min = serializers.IntegerField(required=False)
    max = serializers.IntegerField(required=False)
    step = serializers.IntegerField(required=False)
    values = serializers.ListField(child=serializers.IntegerField(), required=False)


class CharacteristicAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CharacteristicKind.values)
    required = serializers.BooleanField()  # type: ignore[assignment]
    default = serializers.JSONField(allow_null=True)
    options = OptionAnswer(many=True, required=False)
    min = serializers.IntegerField(required=False)
    max = serializers.IntegerField(required=False)
    step = serializers.IntegerField(required=False)
    unit = serializers.CharField(required=False, allow_blank=True)
    max_length = serializers.IntegerField(required=False)
    alphabet = serializers.CharField(required=False)
    min_dpi = serializers.IntegerField(required=False, allow_null=True)
    print_width_mm = serializers.IntegerField(required=False, allow_null=True)


class ProductAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=ProductKind.values)
    release = serializers.CharField()
    currency = serializers.CharField()
    quantity = QuantityAnswer()
    characteristics = CharacteristicAnswer(many=True)


class OptionState(serializers.Serializer[Any]):
    available = serializers.BooleanField()
    selected = serializers.BooleanField()
    implied = serializers.BooleanField()
    price_delta_minor = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class Range(serializers.Serializer[Any]):
    min = serializers.IntegerField()
    max = serializers.IntegerField()


class CharacteristicState(serializers.Serializer[Any]):
    options = serializers.DictField(child=OptionState())
    ranges = Range(many=True, required=False, help_text="Of a NUMBER.")
    possible = serializers.BooleanField(required=False, help_text="Of TEXT, FILE.")
    needed = serializers.BooleanField(required=False, help_text="Of TEXT, FILE.")


class PriceLineAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    amount_minor = serializers.IntegerField()


class PriceAnswer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    total_minor = serializers.IntegerField(allow_null=True)
    estimate_minor = serializers.IntegerField(
        required=False, help_text="Of a bespoke product, until it is quoted."
    )
    lines = PriceLineAnswer(many=True)


class RuleAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    reason = serializers.CharField()


class RepairAnswer(serializers.Serializer[Any]):
    changes = Choices()
    price_delta_minor = serializers.IntegerField(allow_null=True)


class ConflictAnswer(serializers.Serializer[Any]):
    choices = Choices()
    rules = RuleAnswer(many=True)
    repairs = RepairAnswer(many=True)


class AlternativeAnswer(serializers.Serializer[Any]):
    characteristic = serializers.CharField()
    option = serializers.CharField()
    name = serializers.CharField()
    delivered_at = serializers.DateTimeField()
    days_earlier = serializers.IntegerField()
    because = serializers.CharField()


class PromiseAnswer(serializers.Serializer[Any]):
    ready_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField()
    rests_on = serializers.CharField()
    alternatives = AlternativeAnswer(many=True, help_text="What is there earlier.")


class ConfigureAnswer(serializers.Serializer[Any]):
    product = serializers.CharField()
    release = serializers.CharField()
    choices = Choices()
    quantity = serializers.IntegerField()
    valid = serializers.BooleanField()
    complete = serializers.BooleanField()
    configuration_sha256 = serializers.CharField(
        required=False, help_text="When complete."
    )
    characteristics = serializers.DictField(child=CharacteristicState())
    price = PriceAnswer()
    lowest_total_minor = serializers.IntegerField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    quantities = Range(many=True, help_text="Possible with these choices.")
    promise = PromiseAnswer(allow_null=True)
    conflicts = ConflictAnswer(many=True)


class UploadAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(
        help_text="Answers a FILE characteristic. Where the product has a print area, "
        "id~x.y.size says where the picture lies there, in percent: from the left, "
        "from the top (0 to 100), and its size."
    )
    sha256 = serializers.CharField()
    width_px = serializers.IntegerField()
    height_px = serializers.IntegerField()


class DesignCreated(serializers.Serializer[Any]):
    token = serializers.CharField()
    url = serializers.URLField()
    secret = serializers.CharField(help_text="For the header Design-Token.")


class LostAnswer(serializers.Serializer[Any]):
    characteristic = serializers.CharField()
    value = serializers.JSONField()
    reason = serializers.CharField()


class DesignAnswer(serializers.Serializer[Any]):
    product = serializers.CharField()
    release = serializers.CharField()
    choices = Choices()
    lost = LostAnswer(many=True)


class AvailabilityAnswer(serializers.Serializer[Any]):
    product = serializers.CharField()
    characteristic = serializers.CharField()
    option = serializers.CharField()
    available = serializers.BooleanField()
    back_on = serializers.DateField(allow_null=True)
