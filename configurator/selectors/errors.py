"""What may go wrong in the domain, in words for a user and in codes for a client."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, which kind, and what to tell the user."""

    code: str
    message: str
    field: str | None = None

    def inside(self, prefix: str) -> "Problem":
        """Say where it stands inside something larger, such as ``lines.0``."""
        field = f"{prefix}.{self.field}" if self.field else prefix
        return Problem(self.code, self.message, field)


class DomainError(Exception):
    """An error that a page, the API or a command tells in its own way.

    Subclasses set ``code`` and ``status`` (400, 404, 409, 413); ``field`` names the
    field at fault with dots, ``extra`` holds facts that a client may act upon.
    """

    code = "invalid"
    status = 400

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        code: str | None = None,
        status: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.code
        self.status = status or self.status
        self.extra = dict(extra or {})

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (Problem(self.code, self.message, self.field),)


class InvalidError(DomainError):
    """Several fields are wrong at once; all of them are told."""

    def __init__(self, problems: Iterable[Problem], **options: Any) -> None:
        self._problems = tuple(problems)
        first = self._problems[0]
        super().__init__(first.message, field=first.field, code=first.code, **options)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems


class NotFoundError(DomainError):
    """There is no such thing, or it is another's."""

    code = "not_found"
    status = 404


class ConflictError(DomainError):
    """The state of things does not allow it now."""

    code = "conflict"
    status = 409


class IllegalMoveError(ConflictError):
    """The life cycle has no such move from where the thing stands."""

    code = "ILLEGAL_MOVE"

    def __init__(
        self,
        *,
        what: str,
        from_: str,
        to: str,
        legal_moves: Sequence[str],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        moves = sorted(legal_moves)
        text = _("%(what)s is %(from)s and cannot become %(to)s.") % {
            "what": what,
            "from": from_,
            "to": to,
        }
        super().__init__(
            text, extra={**(extra or {}), "state": from_, "legal_moves": moves}
        )
        self.legal_moves = moves
