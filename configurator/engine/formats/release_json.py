"""Reads a release exported as JSON; `release.schema.json` describes the form."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from configurator.engine.expression import Expression, Table
from configurator.engine.formats.fields import Fields, read_condition
from configurator.engine.formats.release_make import read_materials, read_routings
from configurator.engine.formats.release_prices import read_prices
from configurator.engine.model import (
    MAX_CHARACTERISTICS,
    MAX_RULES,
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    Option,
    Pieces,
    ProductKind,
    QuantityRange,
    Rule,
)
from configurator.engine.pricing import check_amounts
from configurator.engine.vocabulary import Known, check_expression

FORMAT = "lot-one-release/1"
NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,127}")
RESERVED = frozenset(
    ("quantity", "in", "not", "has", "requires", "excludes", "table", "true", "false")
)
LIMITS = {"characteristics": MAX_CHARACTERISTICS, "rules": MAX_RULES}
MAX_ROWS = 2_000_000
Made = TypeVar("Made")


def read_release(document: Mapping[str, Any]) -> Definition:
    """Read a release document.

    Parameters
    ----------
    document
        The parsed JSON.

    Raises
    ------
    DefinitionError
        With the path of the first value that is wrong.
    """
    root = Fields(document)
    if root.text("format") != FORMAT:
        root.fail("format", f"{document['format']!r} is not {FORMAT!r}")
    for part, most in LIMITS.items():
        n = len(root.array(part))
        if n > most:
            root.fail(part, f"{n} are more than {most}")
    characteristics = tuple(
        _build(each, _characteristic) for each in root.objects("characteristics")
    )
    known: Known = {each.code: each for each in characteristics}
    rules = tuple(_rule(each, known) for each in root.objects("rules"))
    quantity = _quantity(root)
    definition = _named_by(
        root.path,
        lambda: Definition(
            product=root.text("product"),
            release=root.text("release"),
            kind=_kind(root, ProductKind, ProductKind.CONFIGURABLE),
            name=root.words("name"),
            description=root.words("description"),
            currency=root.text("currency", "EUR"),
            characteristics=characteristics,
            rules=rules,
            quantity=quantity,
            pieces=_pieces(root, known),
            prices=read_prices(root, known, quantity),
            materials=read_materials(root, known),
            routings=read_routings(root, known),
            artwork=root.text("artwork", ""),
            document=document,
        ),
    )
    check_amounts(definition)
    root.done("extra", "deliveries", "order_rules")
    return definition


@contextmanager
def _inside(path: str) -> Iterator[None]:
    try:
        yield
    except DefinitionError as error:
        inner = error.path
        if not (path and inner.startswith(path)):
            inner = ".".join(part for part in (path, inner) if part)
        raise DefinitionError(inner, error.message) from None


def _named_by(path: str, make: Callable[[], Made]) -> Made:
    with _inside(path):
        return make()


def _build(fields: Fields, read: Callable[[Fields], dict[str, Any]]) -> Characteristic:
    arguments = read(fields)
    return _named_by(fields.path, lambda: Characteristic(**arguments))


def _kind(fields: Fields, kinds: type[Made], default: Made | None = None) -> Made:
    if default is not None and not fields.has("kind"):
        return default
    found = fields.text("kind")
    members: Mapping[str, Made] = kinds.__members__  # type: ignore[attr-defined]
    if found not in members:
        fields.fail("kind", f"{found!r} is not one of {', '.join(members)}")
    return members[found]


def _characteristic(fields: Fields) -> dict[str, Any]:
    code = fields.text("code")
    if not NAME.fullmatch(code) or code in RESERVED:
        fields.fail("code", f"{code!r} is not a name like 'sole_colour'")
    kind = _kind(fields, Kind)
    arguments: dict[str, Any] = {
        "code": code,
        "kind": kind,
        "name": fields.words("name"),
        "required": fields.flag("required", default=True),
        "default": _default(fields),
    }
    if kind in (Kind.CHOICE, Kind.MULTI):
        listed = [_option(each) for each in fields.objects("options")]
        arguments["options"] = tuple(o for o, archived in listed if not archived)
        arguments["archived"] = frozenset(o.code for o, archived in listed if archived)
    if kind is Kind.MULTI:
        arguments["at_least"] = fields.whole("at_least", 0, least=0)
        arguments["at_most"] = fields.maybe_whole("at_most", least=0)
    if kind is Kind.NUMBER:
        arguments["minimum"] = fields.whole("min")
        arguments["maximum"] = fields.whole("max")
        arguments["step"] = fields.whole("step", 1)
        arguments["unit"] = fields.text("unit", "")
    if kind is Kind.TEXT:
        arguments["max_length"] = fields.whole("max_length")
        arguments["alphabet"] = fields.text("alphabet", "LATIN")
        arguments["font"] = fields.maybe_text("font")
    if kind is Kind.FILE:
        arguments["min_dpi"] = fields.maybe_whole("min_dpi", least=1)
        arguments["print_width_mm"] = fields.maybe_whole("print_width_mm", least=1)
    fields.done()
    return arguments


def _default(fields: Fields) -> str | int | tuple[str, ...] | None:
    found = fields.raw("default", None)
    if isinstance(found, list | tuple):
        return fields.texts("default")
    if found is not None and (
        not isinstance(found, str | int) or isinstance(found, bool)
    ):
        fields.fail("default", f"{found!r:.80} cannot be an answer")
    return found


def _option(fields: Fields) -> tuple[Option, bool]:
    """Read an option and whether it is archived."""
    is_archived = fields.flag("archived", default=False)
    option = _named_by(
        fields.path,
        lambda: Option(
            code=fields.text("code"),
            name=fields.words("name"),
            tint=fields.maybe_text("tint"),
            popularity=fields.whole("popularity", 0, least=0),
        ),
    )
    fields.done()
    return option, is_archived


def _rule(fields: Fields, known: Known) -> Rule:
    table = fields.object("table")
    if table is None:
        text = fields.text("text")
        expression = read_condition(text, known, fields.place("text"))
    else:
        text = fields.text("text", "")
        expression = _table(table, known)
    rule = _named_by(
        fields.path,
        lambda: Rule(
            code=fields.text("code"),
            expression=expression,
            text=text,
            reason=fields.words("reason"),
            effective_from=fields.day("from"),
            effective_to=fields.day("to"),
        ),
    )
    fields.done()
    return rule


def _table(fields: Fields, known: Known) -> Expression:
    of = fields.texts("of")
    rows = fields.array("rows")
    if len(rows) > MAX_ROWS:
        fields.fail("rows", f"{len(rows)} rows are more than {MAX_ROWS}")
    for at, row in enumerate(rows):
        if not isinstance(row, list | tuple) or len(row) != len(of):
            fields.fail(f"rows[{at}]", f"{len(of)} options are needed, not {row!r:.80}")
    table = Table(
        of,
        frozenset(tuple(map(str, row)) for row in rows),
        fields.flag("allowed", default=True),
    )
    check_expression(table, known, fields.place("rows"))
    fields.done()
    return table


def _quantity(root: Fields) -> QuantityRange:
    fields = root.object("quantity")
    if fields is None:
        return QuantityRange()
    values = fields.wholes("values")
    found = _named_by(
        fields.path,
        lambda: QuantityRange(
            minimum=fields.whole("min", 1),
            maximum=fields.whole("max", 10_000),
            step=fields.whole("step", 1),
            values=values,
        ),
    )
    fields.done()
    return found


def _pieces(root: Fields, known: Known) -> Pieces:
    fields = root.object("pieces")
    if fields is None:
        return Pieces()
    of = fields.maybe_text("of")
    values = fields.counts("values")
    found = _named_by(
        fields.path,
        lambda: Pieces(count=fields.whole("count", 1), of=of, values=values),
    )
    if of is not None:
        if of not in known or known[of].kind is not Kind.CHOICE:
            fields.fail("of", f"{of!r} is not a CHOICE of this product")
        missing = [code for code in known[of].positions if code not in values]
        unknown = [code for code in values if code not in known[of].positions]
        for code in missing:
            fields.fail("values", f"option {code!r} of {of!r} has no number of pieces")
        for code in unknown:
            fields.fail("values", f"{of!r} has no option {code!r}")
    fields.done()
    return found
