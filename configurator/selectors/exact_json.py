"""JSON of dates and times in the one form that the whole API writes."""

from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


class ExactJSONEncoder(DjangoJSONEncoder):
    """Writes a time to the microsecond, as stored; Django's own cuts it short."""

    def default(self, value: Any) -> Any:
        if isinstance(value, datetime):
            text = value.isoformat()
            return text.removesuffix("+00:00") + "Z" if text[-6:] == "+00:00" else text
        return super().default(value)
