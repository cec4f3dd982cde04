"""Bodies of the floor's calls: what is reported, moved and decided."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from configurator.selectors.json_fields import WholeNumber
from production.states import Disposition

MAX_PIECES = 1_000_000
MAX_MEASURE = 24


class TextField(serializers.CharField):
    """A text of JSON; a number is not a text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NonceField(TextField):
    """A number of the reporter's own: the same report has its effect once."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(min_length=1, max_length=80, required=required)


class ReportSerializer(serializers.Serializer[Any]):
    """What every report from the floor carries."""

    nonce = NonceField()
    device = TextField(max_length=80, required=False, allow_blank=True)
    operator = TextField(max_length=64, required=False, allow_blank=True)
    good = WholeNumber(
        min_value=0, max_value=MAX_PIECES, required=False, allow_null=True
    )
    scrap = WholeNumber(min_value=0, max_value=MAX_PIECES, required=False)
    reason = TextField(max_length=200, required=False, allow_blank=True)


@extend_schema_field(
    {"oneOf": [{"type": "number"}, {"type": "string", "maxLength": MAX_MEASURE}]}
)
class MeasureField(TextField):
    """A measure as a number of JSON, or as a text just as it was typed."""

    def to_internal_value(self, data: Any) -> str:
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        return super().to_internal_value(repr(data) if is_number else data)


class OperationReportSerializer(ReportSerializer):
    measured = MeasureField(max_length=MAX_MEASURE, required=False, allow_blank=True)


class BatchReportSerializer(OperationReportSerializer):
    scrap_by_operation = serializers.DictField(
        child=WholeNumber(min_value=0, max_value=MAX_PIECES), required=False
    )


class MemberSerializer(ReportSerializer):
    operation = WholeNumber(min_value=1, max_value=2**62)


class MergeSerializer(ReportSerializer):
    other = TextField(max_length=32)


class NewOperationSerializer(ReportSerializer):
    name = TextField(max_length=120)
    work_centre = TextField(max_length=32)
    run_s = WholeNumber(min_value=0, max_value=31_536_000)
    skill = TextField(max_length=32, required=False, allow_blank=True)
    after = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=32_000),
        max_length=100,
        required=False,
        allow_null=True,
    )


class ChangeOperationSerializer(ReportSerializer):
    name = TextField(max_length=120, required=False)
    work_centre = TextField(max_length=32, required=False)
    run_s = WholeNumber(min_value=0, max_value=31_536_000, required=False)
    skill = TextField(max_length=32, required=False, allow_blank=True)
    predecessors = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=32_000),
        max_length=100,
        required=False,
    )
    assign_to = TextField(max_length=16, required=False)


class HoldSerializer(ReportSerializer):
    # Of a cancellation: what the customer gets for it.
    instead = serializers.ChoiceField(choices=["REMAKE", "REFUND"], required=False)


class StockMoveSerializer(serializers.Serializer[Any]):
    nonce = NonceField()
    kind = serializers.ChoiceField(choices=["RECEIPT", "ADJUSTED", "SCRAPPED"])
    quantity = WholeNumber(min_value=-(10**12), max_value=10**12)
    reason = TextField(max_length=200, required=False, allow_blank=True)


class ScanSerializer(serializers.Serializer[Any]):
    device = TextField(max_length=80)
    nonce = NonceField(required=True)
    code = TextField(max_length=200)
    action = serializers.ChoiceField(
        choices=["start", "pause", "resume", "finish", "scrap", "block", "unblock"]
    )
    operator = TextField(max_length=64, required=False, allow_blank=True)
    reason = TextField(max_length=200, required=False, allow_blank=True)


class DispositionSerializer(ReportSerializer):
    disposition = serializers.ChoiceField(choices=Disposition.values)


class NewDeviceSerializer(ReportSerializer):
    name = TextField(max_length=80)
