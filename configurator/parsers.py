"""JSON bodies within limits, so that no view sees a hostile one."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer

DEPTH_LIMIT = 32
LONGEST_NUMBER = 1000
SHOWN_DIGITS = 40
# A string, closed or not; possessive, so that no input makes it look back.
STRING = re.compile(rb'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
BRACKET = re.compile(rb"[\[\]{}]")
FORBIDDEN_CATEGORIES = {"Cc": "control character", "Cs": "lone surrogate"}


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = (
        f"A JSON body may have at most {settings.JSON_BODY_LIMIT_BYTES} bytes."
    )
    default_code = "body_too_large"


class LimitedJSONParser(JSONParser):
    """At most 256 KB, 32 deep, of finite numbers and printable text."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(settings.JSON_BODY_LIMIT_BYTES + 1)
        if len(body) > settings.JSON_BODY_LIMIT_BYTES:
            raise BodyTooLarge
        return read_json(body)


def read_json(body: bytes) -> Any:
    """Read one JSON document or say what is wrong with it and where."""
    depth = nesting_depth(body)
    if depth > DEPTH_LIMIT:
        message = _("The body is nested %(depth)s deep; %(limit)s are allowed.")
        raise ParseError(message % {"depth": depth, "limit": DEPTH_LIMIT})
    try:
        document = json.loads(
            body.decode("utf-8"),
            parse_constant=refuse_number,
            parse_float=finite,
            parse_int=readable,
        )
    except UnicodeDecodeError as error:
        message = _("The body is not UTF-8 at byte %(byte)s.") % {"byte": error.start}
        raise ParseError(message) from error
    except ValueError as error:
        message = _("The body is not JSON: %(error)s") % {"error": error}
        raise ParseError(message) from error
    check_text(document, "")
    return document


def nesting_depth(body: bytes) -> int:
    """Count the deepest nesting of brackets outside strings, without recursion."""
    depth = deepest = 0
    for bracket in BRACKET.findall(STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def finite(text: str) -> float:
    """Read a number, refusing one that no float can hold."""
    number = float(text)
    if not math.isfinite(number):
        refuse_number(text)
    return number


def readable(text: str) -> int:
    """Read a whole number; what is too large for its field is told by the field."""
    return int(text) if len(text) <= LONGEST_NUMBER else refuse_number(text)


def refuse_number(text: str) -> NoReturn:
    """Refuse what JSON has no word for."""
    shown = text if len(text) <= SHOWN_DIGITS else f"{text[:SHOWN_DIGITS]}..."
    raise ValueError(f"{shown} is not a number that can be stored")


def check_text(value: Any, place: str) -> None:
    """Refuse U+0000, lone surrogates and control characters, naming where."""
    if isinstance(value, str):
        check_characters(value, place)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            check_text(element, f"{place}.{index}".lstrip("."))
    elif isinstance(value, dict):
        for key, element in value.items():
            check_characters(key, place)
            check_text(element, f"{place}.{key}".lstrip("."))


def check_characters(text: str, place: str) -> None:
    """Refuse one text, naming the first bad character and its position."""
    if text.isprintable():
        return
    for position, character in enumerate(text, start=1):
        kind = FORBIDDEN_CATEGORIES.get(unicodedata.category(character))
        if kind:
            message = _("Character %(position)s is U+%(code)04X, a %(kind)s.") % {
                "position": position,
                "code": ord(character),
                "kind": _(kind),
            }
            raise ValidationError({place or "non_field_errors": [message]})
