"""Sessions in the database, read by every page by a query that is written out.

To have it written takes longer than to run it. All else is Django's.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

READ = """
SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s
"""


class SessionStore(db.SessionStore):
    """Django's sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Read what is kept under the key; an unknown or expired key is forgotten."""
        now = timezone.now()  # noqa: TID251 -- a session ends by the world's time
        at = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.execute(READ, [self.session_key, at])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row[0])
        return found
