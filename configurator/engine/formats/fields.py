"""Typed reading of a JSON document that remembers where each value stands."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from configurator.engine.expression import Expression
from configurator.engine.model import DefinitionError
from configurator.engine.routing import Case
from configurator.engine.rules import RuleSyntaxError, read
from configurator.engine.vocabulary import Known, check_expression

_MISSING: Any = object()


class Fields:
    """One JSON object and its path; every field is asked for by type.

    Parameters
    ----------
    value
        The object.
    path
        Its place in the document; empty for the document itself.

    Raises
    ------
    DefinitionError
        From every method, naming path and value, where the type does not fit.
    """

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise DefinitionError(path, f"an object is needed, not {value!r:.80}")
        self.value: Mapping[str, Any] = value
        self.path = path
        self.asked: set[str] = set()

    def place(self, key: str) -> str:
        """Return the path of one field."""
        return f"{self.path}.{key}" if self.path else key

    def fail(self, key: str, message: str) -> NoReturn:
        """Refuse a field."""
        raise DefinitionError(self.place(key), message)

    def raw(self, key: str, default: Any = _MISSING) -> Any:
        """Return a field as it is; null counts as absent where there is a default."""
        self.asked.add(key)
        found = self.value.get(key, _MISSING)
        if found is _MISSING or (found is None and default is not _MISSING):
            if default is _MISSING:
                self.fail(key, "is missing")
            return default
        return found

    def has(self, key: str) -> bool:
        """Say whether a field is there and not null."""
        self.asked.add(key)
        return self.value.get(key) is not None

    def text(self, key: str, default: str = _MISSING) -> str:
        """Read a string."""
        found = self.raw(key, default)
        if not isinstance(found, str):
            self.fail(key, f"a text is needed, not {found!r:.80}")
        return found

    def maybe_text(self, key: str) -> str | None:
        """Read a string or null."""
        return self.text(key) if self.has(key) else None

    def whole(
        self, key: str, default: int = _MISSING, *, least: int = -(10**15)
    ) -> int:
        """Read an integer of at least `least`."""
        found = self.raw(key, default)
        if not isinstance(found, int) or isinstance(found, bool):
            self.fail(key, f"a whole number is needed, not {found!r:.80}")
        if not least <= found <= 10**15:
            self.fail(key, f"{found} is not between {least} and {10**15}")
        return found

    def maybe_whole(self, key: str, *, least: int = -(10**15)) -> int | None:
        """Read an integer or null."""
        return self.whole(key, least=least) if self.has(key) else None

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        found = self.raw(key, default)
        if not isinstance(found, bool):
            self.fail(key, f"true or false is needed, not {found!r:.80}")
        return found

    def day(self, key: str) -> dt.date | None:
        """Read a date like 2025-07-01, or null."""
        found = self.maybe_text(key)
        if found is None:
            return None
        try:
            return dt.date.fromisoformat(found)
        except ValueError:
            self.fail(key, f"{found!r} is not a date like 2025-07-01")

    def words(self, key: str) -> Mapping[str, str]:
        """Read a text by language; a plain string counts as English."""
        found = self.raw(key, {})
        if isinstance(found, str):
            return {"en": found}
        if not isinstance(found, Mapping) or not all(
            isinstance(part, str) for pair in found.items() for part in pair
        ):
            self.fail(key, f"a text by language is needed, not {found!r:.80}")
        return dict(found)

    def array(self, key: str) -> list[Any]:
        """Read a list; absent counts as empty."""
        found = self.raw(key, [])
        if not isinstance(found, list | tuple):
            self.fail(key, f"a list is needed, not {found!r:.80}")
        return list(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of strings, or one string alone."""
        if isinstance(self.raw(key, []), str):
            return (self.text(key),)
        found = self.array(key)
        for at, each in enumerate(found):
            if not isinstance(each, str):
                self.fail(f"{key}[{at}]", f"a text is needed, not {each!r:.80}")
        return tuple(found)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Read a list of integers."""
        found = self.array(key)
        for at, each in enumerate(found):
            if not isinstance(each, int) or isinstance(each, bool):
                self.fail(f"{key}[{at}]", f"a whole number is needed, not {each!r:.80}")
        return tuple(found)

    def counts(self, key: str) -> Mapping[str, int]:
        """Read an object of integers by name."""
        found = self.raw(key, {})
        if not isinstance(found, Mapping) or not all(
            isinstance(each, int) and not isinstance(each, bool)
            for each in found.values()
        ):
            self.fail(key, f"whole numbers by name are needed, not {found!r:.80}")
        return {str(name): each for name, each in found.items()}

    def object(self, key: str) -> "Fields | None":
        """Read an object or null."""
        return Fields(self.raw(key), self.place(key)) if self.has(key) else None

    def objects(self, key: str) -> Iterator["Fields"]:
        """Read a list of objects."""
        for at, each in enumerate(self.array(key)):
            yield Fields(each, self.place(f"{key}[{at}]"))

    def condition(self, key: str, known: Known) -> Expression | None:
        """Read a condition in the rule language, or null."""
        found = self.maybe_text(key)
        return None if found is None else read_condition(found, known, self.place(key))

    def cases(
        self, key: str, known: Known, *, least: int | None = None
    ) -> tuple[Case, ...]:
        """Read ``[condition, value]`` pairs; with `least`, of integers from there."""
        found = []
        for at, pair in enumerate(self.array(key)):
            path = self.place(f"{key}[{at}]")
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise DefinitionError(path, "a pair [condition, value] is needed")
            when, value = pair
            if not isinstance(when, str) or not isinstance(value, str | int):
                raise DefinitionError(path, f"{pair!r:.80} is not [text, value]")
            if least is not None and (not isinstance(value, int) or value < least):
                raise DefinitionError(path, f"{value!r} is not a number from {least}")
            found.append(Case(read_condition(when, known, path), value))
        return tuple(found)

    def done(self, *ignored: str) -> None:
        """Refuse fields that nobody asked for, so that no typing error is lost."""
        for key in self.value:
            if key not in self.asked and key not in ignored:
                self.fail(key, "is not a field here")


def read_condition(text: str, known: Known, path: str) -> Expression:
    """Parse a condition and check its names, telling errors with their path."""
    try:
        found = read(text)
    except RuleSyntaxError as error:
        raise DefinitionError(path, str(error)) from error
    check_expression(found.expression, known, path, locate=found.locate)
    return found.expression
