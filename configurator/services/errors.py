"""The errors of the domain, where every app looks for them."""

from configurator.selectors.errors import (
    ConflictError,
    DomainError,
    IllegalMoveError,
    InvalidError,
    NotFoundError,
    Problem,
)

__all__ = [
    "ConflictError",
    "DomainError",
    "IllegalMoveError",
    "InvalidError",
    "NotFoundError",
    "Problem",
]
