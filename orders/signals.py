"""News that travels upward; a signal is only a nudge, the row is the truth."""

from django.dispatch import Signal

# Sent after the commit that confirmed orders; keyword ``order_ids: list[int]``.
order_confirmed = Signal()

# Sent after the commit that answered a proof; keywords ``proof_id: int``,
# ``order_line_id: int``, ``state: str`` (APPROVED or CHANGES_REQUESTED).
proof_answered = Signal()
