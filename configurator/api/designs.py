"""Saved designs behind a link to share."""

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.api.base import CatalogueView, once, person, read
from configurator.api.schema import ONCE
from configurator.selectors.callers import now_of
from configurator.selectors.designs import design_answer
from configurator.serializers import (
    DesignAnswer,
    DesignChange,
    DesignCreated,
    DesignRequest,
)
from configurator.services.designs import change_design, save_design, secret_of
from configurator.services.once import Answer

OWNER_HEADER = "Design-Token"


class DesignList(CatalogueView):
    @extend_schema(
        operation_id="designs_create",
        parameters=[ONCE],
        request=DesignRequest,
        responses={201: DesignCreated},
    )
    def post(self, request: Request) -> Response:
        """Save choices, finished or not; the secret lets a guest change them."""
        given = read(DesignRequest, request)

        def effect() -> Answer:
            design = save_design(**given, owner=person(request), now=now_of(request))
            path = reverse("api-design", args=[design.token])
            url = request.build_absolute_uri(path)
            return Answer(201, {"token": design.token, "url": url})

        response = once(request, effect)
        # The secret follows from the token, so the kept answer need not hold it.
        response.data["secret"] = secret_of(response.data["token"])
        return response


class DesignDetail(CatalogueView):
    @extend_schema(operation_id="designs_retrieve", responses=DesignAnswer)
    def get(self, request: Request, token: str) -> Response:
        """Give a design as far as the release on sale still knows it."""
        return Response(design_answer(token=token))

    @extend_schema(
        operation_id="designs_update",
        parameters=[OpenApiParameter(OWNER_HEADER, str, OpenApiParameter.HEADER)],
        request=DesignChange,
        responses={200: DesignAnswer},
    )
    def patch(self, request: Request, token: str) -> Response:
        """Replace a design's choices; for its owner alone."""
        secret = request.headers.get(OWNER_HEADER, "")
        if not secret and not request.user.is_authenticated:
            raise NotAuthenticated
        given = read(DesignChange, request)
        change_design(
            token=token,
            choices=given.get("choices"),
            user=person(request),
            secret=secret,
            now=now_of(request),
        )
        return Response(design_answer(token=token))
