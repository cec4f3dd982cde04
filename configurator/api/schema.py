"""What every operation of the schema has in common: how it refuses."""

from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

ALWAYS = ("400", "401", "403", "405", "406", "429", "503")
WITH_PATH = ("404", "409")
WITH_BODY = ("413", "415")
IN_WORDS = {
    "400": "Something in the request is wrong; each error names its field.",
    "401": "The credential is missing, wrong or expired.",
    "403": "The caller may not do this.",
    "404": "There is no such thing, or it is another's.",
    "405": "This address does not know the method.",
    "406": "Only JSON is spoken here.",
    "409": "The state of things does not allow it now.",
    "413": "The body is too large.",
    "415": "The body has the wrong media type.",
    "429": "Too many calls in a minute.",
    "503": "The database is busy; the same call may be sent again.",
}


class ErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ErrorsSerializer(serializers.Serializer[Any]):
    """Every error has this shape; further fields tell facts to act upon."""

    type = serializers.ChoiceField(
        choices=["validation_error", "client_error", "server_error"]
    )
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]


class AutoSchema(SpectacularSchema):
    """Adds the refusals that any operation may answer with."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction=direction)  # type: ignore[arg-type]
        if direction != "response":
            return found
        for status in self.list_refusals():
            if status not in found:
                found[status] = {
                    **self._get_response_for_code(ErrorsSerializer, status),  # type: ignore[no-untyped-call]
                    "description": IN_WORDS[status],
                }
        return dict(sorted(found.items()))

    def list_refusals(self) -> list[str]:
        """List the statuses of refusals that this operation may answer with."""
        statuses = [*ALWAYS]
        if "{" in self.path:
            statuses += WITH_PATH
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            statuses += [*WITH_PATH, *WITH_BODY]
        return statuses


ONCE = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="The same key and body have their effect once; kept seven days.",
)
