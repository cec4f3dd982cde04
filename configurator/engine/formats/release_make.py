"""Reads materials and routings of a release document."""

import re
from collections.abc import Mapping
from typing import Any

from configurator.engine.formats.fields import Fields
from configurator.engine.model import Kind
from configurator.engine.routing import (
    Attribute,
    BatchRule,
    ByProduct,
    Load,
    Material,
    MaterialBasis,
    Routing,
    RoutingStep,
    Setup,
    StepKind,
    TimeBasis,
)
from configurator.engine.vocabulary import Known

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
METHOD = re.compile(r"[A-Z][A-Z0-9_]*")


def read_materials(root: Fields, known: Known) -> tuple[Material, ...]:
    """Read the bill of materials."""
    found = []
    for each in root.objects("materials"):
        basis = each.text("basis", "PIECE")
        if basis not in MaterialBasis.__members__:
            each.fail("basis", f"{basis!r} is not one of {', '.join(MaterialBasis)}")
        _check_area(each, basis, known)
        found.append(
            Material(
                material=each.text("material"),
                quantity=each.whole("quantity", least=0),
                unit=each.text("unit"),
                basis=MaterialBasis(basis),
                when=each.condition("when", known),
                scrap_bp=each.whole("scrap_bp", 0, least=0),
                of=each.texts("of"),
            )
        )
        each.done()
    return tuple(found)


def _check_area(fields: Fields, basis: str, known: Known) -> None:
    """Refuse an AREA line without two lengths, and lengths on any other line."""
    names = fields.texts("of")
    if len(names) != (2 if basis == "AREA" else 0):
        fields.fail("of", f"{basis} cannot have {len(names)} lengths")
    for name in names:
        if name not in known or known[name].kind is not Kind.NUMBER:
            fields.fail("of", f"{name!r} is not a NUMBER of this product")


def read_routings(root: Fields, known: Known) -> tuple[Routing, ...]:
    """Read the alternative routings with their steps."""
    return tuple(_routing(each, known) for each in root.objects("routings"))


def _routing(fields: Fields, known: Known) -> Routing:
    method = fields.text("method")
    if not METHOD.fullmatch(method):
        fields.fail("method", f"{method!r} is no code of a method, such as BATCH")
    steps = tuple(_step(each, known) for each in fields.objects("steps"))
    _check_steps(fields, steps)
    routing = Routing(
        code=fields.text("code"),
        method=method,
        steps=steps,
        name=fields.words("name"),
        when=fields.condition("when", known),
        line=fields.maybe_text("line"),
        reason=fields.words("reason"),
        yield_bp=_share(fields, "yield_bp") or 10_000,
        edit_window=_edit_window(fields),
        largest_lot=fields.maybe_whole("largest_lot", least=1),
    )
    fields.done()
    return routing


def _share(fields: Fields, key: str) -> int | None:
    found = fields.maybe_whole(key, least=1)
    if found is not None and found > 10_000:
        fields.fail(key, f"{found} basis points is more than all of it")
    return found


def _edit_window(fields: Fields) -> Mapping[str, Any] | None:
    window = fields.object("edit_window")
    if window is None:
        return None
    found: dict[str, Any] = {}
    if window.has("minutes"):
        found["minutes"] = window.whole("minutes", least=0)
    else:
        found["cutoff"] = _clock(window, "cutoff")
        if window.has("days"):
            found["days"] = window.raw("days")
    window.done()
    return found


def _clock(fields: Fields, key: str) -> str:
    found = fields.text(key)
    if not CLOCK.fullmatch(found):
        fields.fail(key, f"{found!r} is not a local time like 15:00")
    return found


def _check_steps(fields: Fields, steps: tuple[RoutingStep, ...]) -> None:
    """Refuse doubled codes and predecessors that do not come earlier."""
    earlier: set[str] = set()
    for at, step in enumerate(steps):
        if step.code in earlier:
            fields.fail(f"steps[{at}].code", f"{step.code!r} stands there twice")
        for before in step.after or ():
            if before not in earlier:
                fields.fail(
                    f"steps[{at}].after", f"{before!r} is not a step before this one"
                )
        earlier.add(step.code)


def _step(fields: Fields, known: Known) -> RoutingStep:
    kind = fields.text("kind", "MAKE")
    if kind not in StepKind.__members__:
        fields.fail("kind", f"{kind!r} is not one of {', '.join(StepKind)}")
    basis = fields.text("basis", "UNIT")
    if basis not in TimeBasis.__members__:
        fields.fail("basis", f"{basis!r} is not one of {', '.join(TimeBasis)}")
    attributes = _attributes(fields, known)
    step = RoutingStep(
        code=fields.text("code"),
        name=fields.words("name"),
        when=fields.condition("when", known),
        after=fields.texts("after") if fields.has("after") else None,
        kind=StepKind(kind),
        work_centre=fields.maybe_text("work_centre"),
        basis=TimeBasis(basis),
        run_ms=fields.whole("run_ms", 0, least=0),
        run_cases=fields.cases("run_cases", known, least=0),
        load=_load(fields, known),
        attributes=attributes,
        setup=_setup(fields),
        batch=_batch(fields),
        crew=fields.whole("crew", 1, least=0),
        skill=fields.maybe_text("skill"),
        attended=fields.flag("attended", default=True),
        min_delay_s=fields.whole("min_delay_s", 0, least=0),
        max_delay_s=fields.maybe_whole("max_delay_s", least=0),
        transfer_quantity=fields.maybe_whole("transfer_quantity", least=1),
        decoupling_point=fields.flag("decoupling_point", default=False),
        yield_bp=_share(fields, "yield_bp"),
        waste=fields.counts("waste"),
        by_products=_by_products(fields, known),
        inspection=_open_object(fields, "inspection"),
        outside=_open_object(fields, "outside"),
        station=fields.maybe_text("station"),
    )
    _check_attributes(fields, step)
    fields.done()
    return step


def _by_products(fields: Fields, known: Known) -> tuple[ByProduct, ...]:
    return tuple(_by_product(each, known) for each in fields.objects("by_products"))


def _by_product(fields: Fields, known: Known) -> ByProduct:
    found = ByProduct(
        material=fields.text("material"),
        quantity=fields.whole("quantity", least=1),
        unit=fields.text("unit"),
        when=fields.condition("when", known),
    )
    fields.done()
    return found


def _open_object(fields: Fields, key: str) -> Mapping[str, Any] | None:
    found = fields.object(key)
    return None if found is None else dict(found.value)


def _attributes(step: Fields, known: Known) -> tuple[Attribute, ...]:
    fields = step.object("attributes")
    if fields is None:
        return ()
    found = []
    # Sorted, since a database may give back the keys of an object in another order.
    for name in sorted(fields.value):
        value = fields.raw(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            found.append(Attribute(name, value=value))
            continue
        given = Fields(value, fields.place(name))
        of = given.maybe_text("of")
        if of is not None and of != "quantity" and of not in known:
            given.fail("of", f"there is no characteristic {of!r}")
        cases = given.cases("cases", known)
        if of is None and not cases:
            given.fail("of", "'of' or 'cases' is needed")
        otherwise = given.raw("else", None)
        found.append(Attribute(name, None, of, cases, otherwise))
        given.done()
    return tuple(found)


def _check_attributes(fields: Fields, step: RoutingStep) -> None:
    """Refuse set-up and batch keys that name attributes the step lacks."""
    names = {each.name for each in step.attributes}
    for place, used in (
        ("setup.uses", step.setup.uses if step.setup else ()),
        ("batch.key", step.batch.key if step.batch else ()),
    ):
        for name in used:
            if name not in names:
                fields.fail(place, f"the step has no attribute {name!r}")


def _load(step: Fields, known: Known) -> Load | None:
    fields = step.object("load")
    if fields is None:
        return None
    load = Load(
        measure=fields.text("measure"),
        pieces_per=fields.maybe_whole("pieces_per", least=1),
        per_piece=fields.maybe_whole("per_piece", least=1),
        pieces_per_cases=fields.cases("pieces_per_cases", known, least=1),
        per_piece_cases=fields.cases("per_piece_cases", known, least=1),
        maximum=fields.maybe_whole("max", least=1),
        minimum=fields.whole("min", 0, least=0),
    )
    if (load.pieces_per is None) == (load.per_piece is None):
        fields.fail("pieces_per", "either 'pieces_per' or 'per_piece' is needed")
    if load.maximum is not None and load.maximum < load.minimum:
        fields.fail("max", f"{load.maximum} is below the minimum {load.minimum}")
    fields.done()
    return load


def _setup(step: Fields) -> Setup | None:
    fields = step.object("setup")
    if fields is None:
        return None
    setup = Setup(
        matrix=fields.maybe_text("matrix"),
        uses=fields.texts("uses"),
        internal_s=fields.whole("internal_s", 0, least=0),
        external_s=fields.whole("external_s", 0, least=0),
    )
    fields.done()
    return setup


def _batch(step: Fields) -> BatchRule | None:
    fields = step.object("batch")
    if fields is None:
        return None
    rule = BatchRule(
        key=fields.texts("key"),
        max_wait_s=fields.maybe_whole("max_wait_s", least=0),
        cutoff=_clock(fields, "cutoff") if fields.has("cutoff") else None,
        minimum=fields.maybe_whole("minimum", least=1),
    )
    fields.done()
    return rule
