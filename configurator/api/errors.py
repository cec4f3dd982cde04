"""The one translation of errors into answers of the API."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import Error, ErrorResponse, ErrorType
from rest_framework.exceptions import APIException, ParseError
from rest_framework.settings import api_settings

from configurator.services.errors import DomainError

RETRY_AFTER_S = 2


class Refused(APIException):
    """A domain error on its way to the client."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(detail=error.message, code=error.code)
        self.status_code = error.status
        self.error = error


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class Busy(APIException):
    """The database is away or locked for too long; the same call may be sent again."""

    status_code = 503
    default_code = "busy"
    wait = RETRY_AFTER_S


class ErrorHandler(ExceptionHandler):
    """Give every error that is not a fault of the program its status."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        match exc:
            case DomainError():
                return Refused(exc)
            case RequestDataTooBig():
                return TooLarge(_("The body is too large."))
            case SuspiciousOperation() | UnreadablePostError():
                return ParseError(_("This request cannot be understood."))
            case OperationalError():
                return Busy(_("The database is busy; send the same call again."))
        return super().convert_known_exceptions(exc)


class ErrorFormatter(ExceptionFormatter):
    """``{type, errors: [{code, detail, attr}]}`` and facts to act upon."""

    def get_error_type(self) -> ErrorType:
        if isinstance(self.exc, Refused) and self.exc.status_code == 400:
            return "validation_error"
        return super().get_error_type()

    def get_errors(self) -> list[Error]:
        if isinstance(self.exc, Refused):
            return [
                Error(each.code, each.message, each.field)
                for each in self.exc.error.problems
            ]
        found = super().get_errors()
        for each in found:
            place = (each.attr or "").removesuffix(api_settings.NON_FIELD_ERRORS_KEY)
            each.attr = place.rstrip(".") or None
        return found

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        extra = self.exc.error.extra if isinstance(self.exc, Refused) else {}
        return {**extra, **asdict(error_response)}
