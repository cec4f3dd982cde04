"""The shapes that calls about orders take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from configurator.selectors.json_fields import ExactText, WholeNumber
from configurator.states import StepKind
from orders.models import MAX_LINE_QUANTITY
from orders.selectors.countries import list_codes
from orders.services.parcels import MOST_PARCELS
from orders.services.quoting import LARGEST_TOTAL_MINOR
from orders.states import (
    Delivery,
    FulfilmentState,
    OrderState,
    PaymentOutcome,
    PaymentPurpose,
    PaymentState,
    ProductionState,
    PromiseState,
    ProofState,
    QuotationState,
    ShipmentState,
    Shipping,
    Stage,
)

LARGEST_ID = 2**63 - 1
MAX_OPERATIONS = 200
DUE = [PaymentPurpose.WHOLE, PaymentPurpose.DEPOSIT, PaymentPurpose.BALANCE]


@extend_schema_field(
    {
        "nullable": True,
        "anyOf": [
            {"type": "string"},
            {"type": "integer"},
            {"type": "array", "items": {"type": "string"}},
        ],
    }
)
class AnswerField(serializers.JSONField):
    """An answer to a characteristic; the product says whether it can be. 5.0 is 5."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float) and data.is_integer():
            return int(data)
        return super().to_internal_value(data)


class CustomerSerializer(serializers.Serializer[Any]):
    name = ExactText(max_length=200)
    email = serializers.EmailField(max_length=254)


class AddressSerializer(serializers.Serializer[Any]):
    """Street, postcode and town may be left out where nothing is sent: a download."""

    line1 = ExactText(max_length=200, required=False)
    line2 = ExactText(max_length=200, required=False, allow_blank=True, allow_null=True)
    postcode = ExactText(
        max_length=20, required=False, allow_blank=True, allow_null=True
    )
    city = ExactText(max_length=100, required=False)
    region = ExactText(
        max_length=100, required=False, allow_blank=True, allow_null=True
    )
    country = serializers.ChoiceField(choices=list_codes(), help_text="ISO 3166")


class LineRequestSerializer(serializers.Serializer[Any]):
    product = ExactText(max_length=64)
    choices = serializers.DictField(child=AnswerField(allow_null=True))
    quantity = WholeNumber(min_value=1, max_value=MAX_LINE_QUANTITY)
    release = ExactText(max_length=20, required=False, allow_null=True)


class OrderRequestSerializer(serializers.Serializer[Any]):
    customer = CustomerSerializer()
    shipping_address = AddressSerializer()
    lines = LineRequestSerializer(many=True)
    delivery = serializers.ChoiceField(
        choices=Delivery.values, required=False, allow_null=True
    )
    shipping = serializers.ChoiceField(choices=Shipping.values, required=False)
    needed_by = serializers.DateField(required=False, allow_null=True)
    window_from = serializers.DateTimeField(required=False, allow_null=True)
    expected_total_minor = WholeNumber(
        min_value=0, max_value=LARGEST_ID, required=False, allow_null=True
    )


class PaymentRequestSerializer(serializers.Serializer[Any]):
    provider = ExactText(max_length=32)
    outcome = serializers.ChoiceField(choices=PaymentOutcome.values, required=False)
    # What is paid already is paid again by nobody: the balance is asked for by name.
    purpose = serializers.ChoiceField(choices=DUE, required=False)


class PlannedOperationSerializer(serializers.Serializer[Any]):
    """An operation that staff plan for a bespoke piece."""

    code = ExactText(max_length=64, required=False)
    name = ExactText(max_length=120)
    kind = serializers.ChoiceField(choices=StepKind.values, required=False)
    work_centre = ExactText(max_length=32, required=False, allow_null=True)
    skill = ExactText(max_length=32, required=False, allow_blank=True)
    run_s = WholeNumber(min_value=0, max_value=10**7)
    min_delay_s = WholeNumber(min_value=0, max_value=10**8, required=False)
    after = serializers.ListField(
        child=ExactText(max_length=64), required=False, allow_null=True
    )


class QuotationRequestSerializer(serializers.Serializer[Any]):
    order_line = WholeNumber(min_value=1, max_value=LARGEST_ID)
    total_minor = WholeNumber(min_value=0, max_value=LARGEST_TOTAL_MINOR)
    valid_until = serializers.DateTimeField()
    deposit_percent = WholeNumber(min_value=1, max_value=100, required=False)
    operations = PlannedOperationSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_OPERATIONS
    )
    note = ExactText(max_length=2_000, required=False, allow_blank=True)


class ChangesSerializer(serializers.Serializer[Any]):
    note = ExactText(max_length=2_000, required=False, allow_blank=True)


class ParcelRequestSerializer(serializers.Serializer[Any]):
    carrier = ExactText(max_length=32, required=False, allow_blank=True)
    tracking_code = ExactText(max_length=80, required=False, allow_blank=True)


class ShipSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=LARGEST_ID), required=False
    )
    parcels = ParcelRequestSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_PARCELS
    )


class EmptyBodySerializer(serializers.Serializer[Any]):
    """A body without fields."""


class CancelLineSerializer(serializers.Serializer[Any]):
    """How many units are to go; without a quantity all that have not begun."""

    quantity = WholeNumber(required=False, min_value=1, max_value=MAX_LINE_QUANTITY)


class OrderedConfigurationSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    product = serializers.CharField()
    release = serializers.CharField()
    choices = serializers.DictField(child=AnswerField())


class QuotationSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=QuotationState.values)
    total_minor = serializers.IntegerField(allow_null=True)
    deposit_percent = serializers.IntegerField()
    valid_until = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    # When it would have been there if it had been accepted as it was sent.
    ready_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)


class QuotationAnswerSerializer(QuotationSerializer):
    order = serializers.CharField()
    order_line = serializers.IntegerField()
    operations = PlannedOperationSerializer(many=True)


class ProofSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ProofState.values)


class PromiseSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=PromiseState.values)
    ready_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField()
    rests_on = serializers.CharField()


class OrderedUnitSerializer(serializers.Serializer[Any]):
    work_order = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.values)
    release_at = serializers.DateTimeField(allow_null=True)
    step = serializers.CharField()
    step_number = serializers.IntegerField()
    n_steps = serializers.IntegerField()


class FinishedFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class OrderLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    product = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    cancelled_quantity = serializers.IntegerField()
    configuration = OrderedConfigurationSerializer()
    total_minor = serializers.IntegerField(allow_null=True)
    open_total_minor = serializers.IntegerField(allow_null=True)
    replaces = serializers.IntegerField(allow_null=True)
    changed_from = serializers.IntegerField(allow_null=True)
    method = serializers.CharField()
    method_reasons = serializers.ListField(child=serializers.CharField())
    quotation = QuotationSerializer(allow_null=True)
    proofs = ProofSerializer(many=True)
    promise = PromiseSerializer(allow_null=True)
    edit_until = serializers.DateTimeField(allow_null=True)
    stage = serializers.ChoiceField(choices=Stage.values, allow_null=True)
    files = FinishedFileSerializer(many=True)
    units = OrderedUnitSerializer(many=True)


class ParcelSerializer(serializers.Serializer[Any]):
    carrier = serializers.CharField(allow_blank=True)
    tracking_code = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)


class ShipmentSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=ShipmentState.values)
    handed_over_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    lines = serializers.ListField(child=serializers.IntegerField())
    parcels = ParcelSerializer(many=True)


class OrderSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    token = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=OrderState.values)
    payment_state = serializers.ChoiceField(choices=PaymentState.values)
    production_state = serializers.ChoiceField(choices=ProductionState.values)
    fulfilment_state = serializers.ChoiceField(choices=FulfilmentState.values)
    currency = serializers.CharField()
    total_minor = serializers.IntegerField(allow_null=True)
    deposit_minor = serializers.IntegerField(allow_null=True)
    paid_minor = serializers.IntegerField()
    delivery = serializers.ChoiceField(choices=Delivery.values)
    shipping = serializers.ChoiceField(choices=Shipping.values)
    needed_by = serializers.DateField(allow_null=True)
    window_from = serializers.DateTimeField(allow_null=True)
    window_to = serializers.DateTimeField(allow_null=True)
    placed_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    edit_until = serializers.DateTimeField(allow_null=True)
    lines = OrderLineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    url = serializers.URLField()


class CancelledUnitsSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    quantity = serializers.IntegerField()


class CancelledSerializer(OrderSerializer):
    cancelled_lines = serializers.ListField(child=serializers.IntegerField())
    cancelled_units = CancelledUnitsSerializer(many=True)
    started_units = serializers.ListField(child=serializers.CharField())
    legal_moves = serializers.ListField(child=serializers.CharField())


class PaymentSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    provider = serializers.CharField()
    purpose = serializers.ChoiceField(choices=PaymentPurpose.values)
    outcome = serializers.ChoiceField(choices=[*PaymentOutcome.values, "PENDING"])
    page_url = serializers.CharField(allow_blank=True)
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    created_at = serializers.DateTimeField()
    order = serializers.CharField()
    state = serializers.ChoiceField(choices=OrderState.values)
    payment_state = serializers.ChoiceField(choices=PaymentState.values)
