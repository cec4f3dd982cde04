"""The shapes of the floor's answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from production.states import (
    BatchState,
    DeviceState,
    Disposition,
    LotState,
    NonconformanceState,
    OperationState,
    SlotState,
    WorkOrderState,
)


class ConfigurationSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    product = serializers.CharField()
    release = serializers.CharField()
    choices = serializers.DictField()


class OperationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sequence = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=OperationState.values)
    work_centre = serializers.CharField(allow_null=True)
    station = serializers.CharField(allow_null=True)
    predecessors = serializers.ListField(child=serializers.IntegerField())
    skill = serializers.CharField(allow_null=True)
    operator = serializers.CharField(allow_null=True)
    setup_family = serializers.CharField(allow_blank=True)
    run_s = serializers.IntegerField()
    setup_s = serializers.IntegerField()
    batch = serializers.CharField(allow_null=True)
    line_slot = serializers.IntegerField(allow_null=True)
    planned_quantity = serializers.IntegerField()
    good = serializers.IntegerField()
    scrap = serializers.IntegerField()
    blocked_reason = serializers.CharField(allow_null=True)


class WorkOrderRowSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    order = serializers.CharField(allow_null=True)
    order_line = serializers.IntegerField(allow_null=True)
    unit_index = serializers.IntegerField()
    revision = serializers.IntegerField()
    source_kind = serializers.CharField()
    method = serializers.CharField()
    state = serializers.ChoiceField(choices=WorkOrderState.values)
    quantity = serializers.IntegerField()
    planned_quantity = serializers.IntegerField()
    good = serializers.IntegerField()
    scrap = serializers.IntegerField()
    line = serializers.CharField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    release_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    configuration = ConfigurationSerializer()


class HoldAnswerSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    since_at = serializers.DateTimeField()


class WorkOrderSerializer(WorkOrderRowSerializer):
    materials = serializers.ListField()
    holds = HoldAnswerSerializer(many=True)
    operations = OperationSerializer(many=True)


class WorkCentreSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    site = serializers.CharField()
    mode = serializers.CharField()
    is_up = serializers.BooleanField()
    n_places = serializers.IntegerField()
    setup_state = serializers.DictField()
    n_ready = serializers.IntegerField()
    n_running = serializers.IntegerField()


class TextSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    text = serializers.CharField()


class DispatchRowSerializer(serializers.Serializer[Any]):
    operation = serializers.IntegerField()
    work_order = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=OperationState.values)
    ready = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
    setup_family = serializers.CharField(allow_blank=True)
    due_at = serializers.DateTimeField(allow_null=True)
    planned_release_at = serializers.DateTimeField(allow_null=True)
    quantity = serializers.IntegerField()
    batch = serializers.CharField(allow_null=True)
    personalisation = TextSerializer(many=True)


class DispatchListSerializer(serializers.Serializer[Any]):
    results = DispatchRowSerializer(many=True)
    total = serializers.IntegerField()
    plan_version = serializers.IntegerField()


class ChangeoverSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    rule = serializers.CharField()
    planned_s = serializers.IntegerField()
    actual_s = serializers.IntegerField(allow_null=True)
    signature_skill = serializers.CharField(allow_null=True)


class BatchRowSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    work_centre = serializers.CharField()
    state = serializers.ChoiceField(choices=BatchState.values)
    batch_key = serializers.CharField()
    measure = serializers.CharField()
    load = serializers.FloatField()
    capacity = serializers.FloatField(allow_null=True)
    run_s = serializers.IntegerField()
    position = serializers.IntegerField()
    frozen_because = serializers.CharField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    changeover = ChangeoverSerializer(allow_null=True)


class BatchMemberSerializer(serializers.Serializer[Any]):
    operation = serializers.IntegerField()
    work_order = serializers.CharField()
    state = serializers.CharField()
    quantity = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)
    good = serializers.IntegerField()
    scrap = serializers.IntegerField()
    share_run_s = serializers.IntegerField()


class NearMissSerializer(serializers.Serializer[Any]):
    operation = serializers.IntegerField()
    work_order = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class BatchSerializer(BatchRowSerializer):
    why = serializers.CharField(allow_null=True)
    below_minimum = serializers.CharField(allow_null=True)
    fed_by = serializers.ListField(child=serializers.CharField())
    members = BatchMemberSerializer(many=True)
    near_misses = NearMissSerializer(many=True)


class LineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    # STOPPED by somebody; a FLOW line also by itself, between its runs.
    state = serializers.CharField()
    closed_until = serializers.DateTimeField(allow_null=True)
    takt_ms = serializers.IntegerField()
    wip_limit = serializers.IntegerField()
    n_on_line = serializers.IntegerField()
    n_waiting = serializers.IntegerField()
    plan_version = serializers.IntegerField()


class SlotSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    slot = serializers.IntegerField()
    work_order = serializers.CharField()
    state = serializers.ChoiceField(choices=SlotState.values)
    station = serializers.CharField(allow_null=True)
    attributes = serializers.DictField()
    why = serializers.CharField(allow_blank=True)


class LineQueueSerializer(serializers.Serializer[Any]):
    results = SlotSerializer(many=True)
    total = serializers.IntegerField()
    plan_version = serializers.IntegerField()


class LineMovedSerializer(serializers.Serializer[Any]):
    line = LineSerializer()
    n_launched = serializers.IntegerField(required=False)
    n_finished = serializers.IntegerField(required=False)


class StockItemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    unit = serializers.CharField()
    on_hand = serializers.IntegerField()
    allocated = serializers.IntegerField()
    held = serializers.IntegerField()
    available = serializers.IntegerField()
    reorder_point = serializers.IntegerField(allow_null=True)


class StockMoveAnswerSerializer(serializers.Serializer[Any]):
    item = StockItemSerializer()
    moved = serializers.IntegerField()


class LotRowSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    item = serializers.CharField()
    state = serializers.ChoiceField(choices=LotState.values)
    quantity = serializers.IntegerField()
    remaining = serializers.IntegerField()
    unit = serializers.CharField()
    best_before = serializers.DateField(allow_null=True)
    hold_until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    recalled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class LotUserSerializer(serializers.Serializer[Any]):
    order = serializers.CharField()
    order_line = serializers.IntegerField()
    quantity = serializers.IntegerField()
    shipped_at = serializers.DateTimeField()
    # Only for whoever may know the customers.
    customer = serializers.CharField(required=False)
    email = serializers.CharField(required=False)


class LotSerializer(LotRowSerializer):
    used_by = LotUserSerializer(many=True)


class NonconformanceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    work_order = serializers.CharField()
    operation = serializers.IntegerField(allow_null=True)
    work_centre = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=NonconformanceState.values)
    disposition = serializers.ChoiceField(choices=Disposition.values, allow_null=True)
    decision = serializers.CharField(allow_blank=True)
    reported_by = serializers.CharField(allow_blank=True)
    decided_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class DeviceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=DeviceState.values)
    work_centre = serializers.CharField(allow_null=True)
    registered_by = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    activated_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class RegisteredDeviceSerializer(DeviceSerializer):
    address = serializers.CharField()


class ScanAnswerSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    work_order = serializers.CharField()
    operation = OperationSerializer()
