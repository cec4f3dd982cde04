"""Fields of JSON bodies that are taken as they were sent, in every app's API."""

from typing import Any

from rest_framework import serializers


class ExactText(serializers.CharField):
    """Text of JSON as it came: no number for it, and no blank is cut off."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class WholeNumber(serializers.IntegerField):
    """A whole number of JSON: no text, no truth value; 5.0 is five."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            return int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data
