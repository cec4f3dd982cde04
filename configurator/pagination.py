"""Pages of a list by cursor on (created_at, id): stable while rows keep coming.

Rows that know no time of their making, as places do, are told apart by their id alone.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.db.models import Model, Q, QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:  # its views import this module
    from rest_framework.views import APIView

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 200


def key_of(model: type[Model]) -> tuple[str, ...]:
    """Name the fields that order a list, the id as the last of them."""
    return ("created_at", "id") if hasattr(model, "created_at") else ("id",)


def raise_unknown_cursor(cause: Exception | None = None) -> NoReturn:
    message = _("This cursor was not given out by this list.")
    raise ValidationError({"cursor": [message]}) from cause


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row beside which a page begins, and on which side of it the page lies."""

    created_at: datetime | None
    id: int
    is_backward: bool

    def encode(self) -> str:
        at = self.created_at.isoformat() if self.created_at else None
        words = [at, self.id, int(self.is_backward)]
        return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        padded = text + "=" * (-len(text) % 4)
        try:
            created, row_id, backward = json.loads(base64.urlsafe_b64decode(padded))
            at = None if created is None else datetime.fromisoformat(created)
            is_naive = at is not None and at.tzinfo is None
            if is_naive or type(row_id) is not int or abs(row_id) > 2**63 - 1:
                raise ValueError(text)
            return cls(at, row_id, bool(backward))
        except (binascii.Error, TypeError, ValueError, OverflowError) as error:
            raise_unknown_cursor(error)


class CreatedCursorPagination(BasePagination):
    """``{next, previous, results}``, oldest first.

    Rows made in one transaction share their ``created_at``, thousands at a time, so
    the key has both fields; an offset among equals would lose its place.
    """

    page_size = DEFAULT_PAGE_SIZE
    is_newest_first = False

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: "APIView | None" = None,
    ) -> list[Any]:
        if not isinstance(queryset, QuerySet):
            raise TypeError("a cursor page needs a queryset")
        self.base_url = request.build_absolute_uri()
        size = self.get_page_size(request)
        text = request.query_params.get("cursor", "")
        fields = key_of(queryset.model)
        cursor = Cursor.decode(text) if text else None
        if cursor is not None and (cursor.created_at is None) != (len(fields) == 1):
            raise_unknown_cursor()
        is_backward = cursor is not None and cursor.is_backward
        is_descending = self.is_newest_first != is_backward
        if cursor is not None:
            queryset = queryset.filter(beyond(cursor, is_descending=is_descending))
        sign = "-" if is_descending else ""
        order = [f"{sign}{name}" for name in fields]
        rows = list(queryset.order_by(*order)[: size + 1])
        has_more = len(rows) > size
        rows = rows[:size]
        if is_backward:
            rows.reverse()
        self.page = rows
        self.has_next = bool(rows) and (has_more or is_backward)
        self.has_previous = bool(rows) and (
            has_more if is_backward else cursor is not None
        )
        return rows

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("page_size", "")
        if not text:
            return self.page_size
        if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
            message = _("The page size must be a whole number from 1 to %(most)s.")
            raise ValidationError(
                {"page_size": [message % {"most": LARGEST_PAGE_SIZE}]}
            )
        return min(int(text[:9]), LARGEST_PAGE_SIZE)

    def get_next_link(self) -> str | None:
        return self.link(self.page[-1], is_backward=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self.link(self.page[0], is_backward=True) if self.has_previous else None

    def link(self, row: Model, *, is_backward: bool) -> str:
        cursor = Cursor(getattr(row, "created_at", None), row.pk, is_backward)
        return str(replace_query_param(self.base_url, "cursor", cursor.encode()))

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": force_str(_("From `next` or `previous` of a page.")),
                "schema": {"type": "string"},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": force_str(_("Rows a page, at most 200 of them.")),
                "schema": {"type": "integer", "minimum": 1},
            },
        ]


def beyond(cursor: Cursor, *, is_descending: bool) -> Q:
    """Select the rows after the cursor's row in the direction of reading."""
    side = "lt" if is_descending else "gt"
    if cursor.created_at is None:
        return Q(**{f"id__{side}": cursor.id})
    tie = Q(created_at=cursor.created_at) & Q(**{f"id__{side}": cursor.id})
    return Q(**{f"created_at__{side}": cursor.created_at}) | tie
