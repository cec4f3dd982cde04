"""Devices of the floor: a planner lists, registers and revokes them."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.services.once import Answer
from production.api.base import NONCE, FloorView, once, read_body
from production.permissions import PlannerPermission
from production.selectors import devices as found
from production.serializers.answers import DeviceSerializer, RegisteredDeviceSerializer
from production.serializers.reports import NewDeviceSerializer, ReportSerializer
from production.services import devices
from production.services.reports import Report


class DevicesEndpoint(FloorView):
    permission_classes = (PlannerPermission,)
    serializer_class = DeviceSerializer

    @extend_schema(operation_id="devices_list", responses=DeviceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List devices, oldest first."""
        page = self.paginate_queryset(found.all_devices()) or []
        return self.get_paginated_response([found.device_row(each) for each in page])

    @extend_schema(
        operation_id="devices_register",
        request=NewDeviceSerializer,
        responses={201: RegisteredDeviceSerializer},
        parameters=[NONCE],
    )
    def post(self, request: Request) -> Response:
        """Register a device; its address works until it has picked its place."""
        values = read_body(NewDeviceSerializer, request)

        def register(report: Report) -> Answer:
            device, token = devices.register(name=values["name"], report=report)
            address = reverse("production:kiosk", args=[token])
            told = {"address": request.build_absolute_uri(address)}
            return Answer(201, found.device_row(device) | told)

        return once(request, values, register)


class RevokeDeviceEndpoint(FloorView):
    permission_classes = (PlannerPermission,)

    @extend_schema(
        operation_id="devices_revoke",
        request=ReportSerializer,
        responses=DeviceSerializer,
        parameters=[NONCE],
    )
    def post(self, request: Request, device_id: int) -> Response:
        """Let a device in no more, from its very next call on."""

        def revoke(report: Report) -> Answer:
            return Answer(
                200,
                found.device_row(devices.revoke(device_id=device_id, report=report)),
            )

        return once(request, read_body(ReportSerializer, request), revoke)
