"""Reads the prices of a release document."""

from itertools import product
from math import prod

from configurator.engine.expression import QUANTITY, Choices, In
from configurator.engine.formats.fields import Fields
from configurator.engine.model import Kind, QuantityRange
from configurator.engine.pricelist import (
    Break,
    Factor,
    PriceBasis,
    PriceEntry,
    PriceList,
    PriceTable,
)
from configurator.engine.rules import holds, names_of
from configurator.engine.vocabulary import Known, check_expression

MAX_TABLE = 200_000


def read_prices(root: Fields, known: Known, quantity: QuantityRange) -> PriceList:
    """Read entries and quantity breaks; no prices at all: everything is free."""
    fields = root.object("prices")
    if fields is None:
        return PriceList()
    entries = tuple(
        _entry(each, known, quantity.minimum) for each in fields.objects("entries")
    )
    breaks: list[Break] = []
    for each in fields.objects("breaks"):
        start = each.whole("from", least=1)
        discount = each.whole("discount_bp", least=0)
        if discount > 10_000:
            each.fail("discount_bp", f"{discount} is more than all of the price")
        if breaks and start <= breaks[-1].from_quantity:
            each.fail("from", f"{start} does not rise")
        breaks.append(Break(start, discount))
        each.done()
    fields.done()
    return PriceList(
        tuple(each for each in entries if not each.account),
        tuple(breaks),
        tuple(each for each in entries if each.account),
    )


def _entry(fields: Fields, known: Known, least: int) -> PriceEntry:
    basis = fields.text("basis")
    if basis not in PriceBasis.__members__:
        fields.fail("basis", f"{basis!r} is not one of {', '.join(PriceBasis)}")
    when = fields.condition("when", known)
    factors = tuple(
        Factor(each.whole("bp", least=0), each.condition("when", known))
        for each in fields.objects("factors")
    )
    table = _table(fields, known)
    entry = PriceEntry(
        code=fields.text("code"),
        basis=PriceBasis(basis),
        amount_minor=fields.whole("amount_minor", 0),
        label=fields.words("label"),
        when=when,
        table=table,
        factors=factors,
        of=fields.texts("of"),
        each_piece=fields.flag("each_piece", default=False),
        account=fields.text("account", ""),
    )
    _check_of(fields, entry, known)
    amounts = [entry.amount_minor, *(table.rows.values() if table else ())]
    grows = {PriceBasis.CHARACTER: "longer text", PriceBasis.AREA: "larger area"}
    if entry.basis in grows and min(amounts) < 0:
        message = f"{min(amounts)} would make a {grows[entry.basis]} cheaper"
        fields.fail("amount_minor", message)
    if table is not None:
        _check_rows(fields, entry, table, known, least)
    fields.done()
    return entry


def _check_of(fields: Fields, entry: PriceEntry, known: Known) -> None:
    wanted = {PriceBasis.CHARACTER: Kind.TEXT, PriceBasis.AREA: Kind.NUMBER}
    kind = wanted.get(entry.basis)
    lengths = {PriceBasis.CHARACTER: 1, PriceBasis.AREA: 2}
    if len(entry.of) != lengths.get(entry.basis, 0):
        n = lengths.get(entry.basis, 0)
        fields.fail("of", f"{entry.basis} needs {n} names here, not {len(entry.of)}")
    for name in entry.of:
        if name not in known or known[name].kind is not kind:
            fields.fail("of", f"{name!r} is not a {kind} of this product")
        if known[name].minimum < 0:
            fields.fail("of", f"{name!r} may be {known[name].minimum}: not a length")


def _table(entry: Fields, known: Known) -> PriceTable | None:
    fields = entry.object("table")
    if fields is None:
        return None
    of = fields.texts("of")
    if not of or len(set(of)) != len(of):
        fields.fail("of", f"{of!r} must name different characteristics")
    rows: dict[tuple[str, ...], int] = {}
    for at, row in enumerate(fields.array("rows")):
        place = f"rows[{at}]"
        if not isinstance(row, list | tuple) or len(row) != len(of) + 1:
            fields.fail(place, f"{len(of)} options and an amount are needed")
        *options, amount = row
        if not isinstance(amount, int) or isinstance(amount, bool):
            fields.fail(place, f"{amount!r:.80} is not an amount in minor units")
        key = tuple(map(str, options))
        for name, option in zip(of, key, strict=True):
            check_expression(In(name, (option,)), known, fields.place(place))
        if key in rows:
            fields.fail(place, f"{list(key)} stands there twice")
        rows[key] = amount
    fields.done()
    return PriceTable(of, rows)


def _check_rows(
    fields: Fields, entry: PriceEntry, table: PriceTable, known: Known, least: int
) -> None:
    """Refuse a table that leaves a combination of its options without a price.

    Rows of a number must begin at its least value, or where the entry's condition
    does. A condition about other names too is left to the compiler, which knows every
    combination.
    """
    condition = entry.when
    is_decided = condition is None or names_of(condition) <= set(table.of)
    axes: list[list[str | int]] = []
    for at, name in enumerate(table.of):
        options = None if name == QUANTITY else known[name].options
        if options:
            axes.append([option.code for option in options])
            continue
        lowest = least if name == QUANTITY else known[name].minimum
        starts = {max(int(row[at]), lowest) for row in table.rows}
        axes.append([*sorted(starts | {lowest} if is_decided else starts)])
    if prod(map(len, axes)) > MAX_TABLE:
        fields.fail("table", f"more than {MAX_TABLE} combinations of options")
    for key in product(*axes):
        choices: Choices = dict(zip(table.of, key, strict=True))
        quantity = choices.get(QUANTITY)
        is_priced = not is_decided or holds(
            condition, choices, quantity if isinstance(quantity, int) else None
        )
        if is_priced and table.amount(key) is None:
            fields.fail("table", f"there is no row for {list(map(str, key))}")
