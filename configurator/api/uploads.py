"""Pictures that customers send."""

import hashlib

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from configurator.api.base import CatalogueView, once, read
from configurator.api.schema import ONCE
from configurator.selectors.callers import now_of
from configurator.serializers import UploadAnswer, UploadRequest
from configurator.services.once import Answer
from configurator.services.uploads import (
    LARGEST_BYTES,
    UploadError,
    draw_picture,
    keep_picture,
)
from configurator.throttles import UploadThrottle


class UploadList(CatalogueView):
    parser_classes = (MultiPartParser,)
    throttle_classes = (UploadThrottle,)

    @extend_schema(
        operation_id="uploads_create",
        parameters=[ONCE],
        request={"multipart/form-data": UploadRequest},
        responses={201: UploadAnswer},
    )
    def post(self, request: Request) -> Response:
        """Take a PNG, JPEG or SVG of at most 20 MB; its id is an answer to a FILE."""
        file = read(UploadRequest, request)["file"]
        if file.size > LARGEST_BYTES:
            raise UploadError(_("A picture may have at most 20 MB."), status=413)
        content: bytes = file.read()
        picture = draw_picture(content)

        def effect() -> Answer:
            upload = keep_picture(
                picture=picture, file_name=file.name or "", now=now_of(request)
            )
            body = {
                "id": upload.token,
                "sha256": upload.sha256,
                "width_px": upload.width_px,
                "height_px": upload.height_px,
            }
            return Answer(201, body)

        return once(request, effect, body=hashlib.sha256(content).hexdigest())
