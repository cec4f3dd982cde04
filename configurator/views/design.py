"""A customer's design as a page's address and forms carry it from click to click."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from configurator.models import User
from configurator.ports import ports
from configurator.selectors.callers import CART_KEY, PageRequest, buyer_of
from configurator.selectors.changing import ORDERED, Changing, find_changing
from configurator.selectors.choices import Beside, configure_answer
from configurator.selectors.design_prices import counts_together
from configurator.selectors.errors import InvalidError
from configurator.selectors.fields import (
    QUANTITY,
    default_choices,
    has_choices,
    read_choices,
    read_number,
    read_quantity,
    write_query,
)
from configurator.selectors.releases import LiveRelease
from configurator.selectors.texts import check_texts

Answer = dict[str, Any]
LINE = "line"
UNDO = "undo"
# Part of a fix: the question at which it stood.
AT = "at"
# Each round leaves out what the one before has found wrong.
MOST_ROUNDS = 4


@dataclass(slots=True)
class Design:
    """Choices as they were sent, right or wrong, and where they came from.

    ``line`` is the cart line that they change, ``ordered`` the line of an order, which
    is ``changing`` for whom it is theirs. ``before`` is the query of the design that
    was shown before and ``shown_minor`` its total, ``is_changed_for_them`` says
    that the server changed more than the customer ``touched``, so that it must say so,
    ``is_untouched`` that the product stands as it starts, ``beside`` are the other
    lines of the cart, of which those of the same design count with it.
    """

    choices: dict[str, Any]
    quantity: int
    quantity_text: str = ""
    line: int | None = None
    ordered: int | None = None
    changing: Changing | None = None
    before: str = ""
    shown_minor: int | None = None
    is_changed_for_them: bool = False
    touched: str = ""
    is_untouched: bool = False
    beside: Beside = ()
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        return write_query(self.choices, self.quantity_text or self.quantity)


def read_design(release: LiveRelease, fields: QueryDict) -> Design:
    """Read a design from a form or an address; an empty one gives the defaults."""
    definition = release.definition
    choices = read_choices(definition, fields)
    is_untouched = not has_choices(fields)
    if is_untouched:
        choices = default_choices(definition)
    quantity = read_quantity(fields, definition.quantity.minimum)
    return Design(
        choices=choices,
        quantity=quantity,
        quantity_text=fields.get(QUANTITY, "").strip()[:20] if quantity == 0 else "",
        is_untouched=is_untouched,
        line=read_number(fields.get(LINE, "")),
        ordered=read_number(fields.get(ORDERED, "")),
        shown_minor=read_number(fields.get("shown_minor", "")),
    )


def read_before(release: LiveRelease, request: PageRequest) -> str:
    """Tell which design was on the page from which this request comes."""
    if request.htmx:
        query = urlsplit(request.htmx.current_url or "").query
    else:
        query = request.POST.get("was", request.GET.get(UNDO, ""))
    return read_design(release, QueryDict(query)).query


def address_of(release: LiveRelease, design: Design, *, undo: str = "") -> str:
    """Give the page's address for a design."""
    fields = QueryDict(mutable=True)
    if design.line is not None:
        fields[LINE] = str(design.line)
    if design.ordered is not None:
        fields[ORDERED] = str(design.ordered)
    if undo:
        fields[UNDO] = undo
    path = reverse("catalogue:product", args=[release.product])
    tail = f"&{fields.urlencode()}" if fields else ""
    return f"{path}?{design.query}{tail}"


def answer_design(release: LiveRelease, design: Design, request: PageRequest) -> Answer:
    """Ask what is possible; answers that cannot be are left out and noted.

    What was typed stays in ``design.choices``, so that nobody has to type it again.
    """
    choices, quantity = design.choices, design.quantity
    design.changing = find_changing(request, design.ordered, product=release.product)
    design.beside = _list_beside(release, design, request)
    for problem in check_texts(release.definition, choices, quantity=quantity):
        code = str(problem.field).rpartition("choices.")[2]
        design.problems.setdefault(code, problem.message)
    for _round in range(MOST_ROUNDS):
        try:
            return _ask(release, design, choices, quantity, request)
        except InvalidError as error:
            for problem in error.problems:
                code = str(problem.field or "").rpartition("choices.")[2]
                design.problems.setdefault(code, problem.message)
        wrong = design.problems
        choices = {code: each for code, each in choices.items() if code not in wrong}
        smallest = release.definition.quantity.minimum
        quantity = smallest if QUANTITY in wrong else quantity
    return _ask(release, design, {}, quantity, request)


def _list_beside(release: LiveRelease, design: Design, request: PageRequest) -> Beside:
    if design.changing is not None:
        return design.changing.line.beside
    token = request.session.get(CART_KEY)
    if not token or not counts_together(release.definition):
        return ()
    return ports.lines_beside(
        token=token,
        user_id=request.user.pk,
        product=release.product,
        but=design.line,
    )


def mend_defaults(design: Design, answer: Answer) -> bool:
    """Change what a product starts from where that is sold out; says whether."""
    repairs = [each for conflict in answer["conflicts"] for each in conflict["repairs"]]
    if not design.is_untouched or not repairs:
        return False
    design.choices = {**design.choices, **repairs[0]["changes"]}
    design.is_untouched = False
    return True


def relax(
    release: LiveRelease, design: Design, answer: Answer, request: PageRequest
) -> Answer:
    """Say what each question allows beside the choices that do go together.

    Beside choices that exclude one another nothing at all is possible, which would
    tell a customer nothing.
    """
    relaxed, choices = answer, dict(answer["choices"])
    for _round in range(MOST_ROUNDS):
        gone = {code for each in relaxed["conflicts"] for code in each["choices"]}
        if relaxed["valid"] or not gone & choices.keys():
            break
        choices = {code: each for code, each in choices.items() if code not in gone}
        relaxed = _ask(release, design, choices, answer["quantity"], request)
    states = {
        code: {**each, "options": _chosen_in(answer, code, each["options"])}
        for code, each in relaxed["characteristics"].items()
    }
    return {**answer, "characteristics": states}


def _chosen_in(answer: Answer, code: str, options: Answer) -> Answer:
    """Give what options allow, with those selected that an answer has selected."""
    chosen = answer["characteristics"][code]["options"]
    return {
        option: {**each, "selected": chosen[option]["selected"]}
        for option, each in options.items()
    }


def move_numbers(
    release: LiveRelease, design: Design, answer: Answer, request: PageRequest
) -> Answer:
    """Let repairs of one number propose the nearest that is possible, once each."""
    conflicts = []
    for conflict in answer["conflicts"]:
        told: dict[tuple[str, ...], Answer] = {}
        for repair in conflict["repairs"]:
            told.setdefault(tuple(repair["changes"]), repair)
        repairs = [
            _move_number(release, design, answer, repair, request)
            for repair in told.values()
        ]
        conflicts.append({**conflict, "repairs": repairs})
    return {**answer, "conflicts": conflicts}


def _move_number(
    release: LiveRelease,
    design: Design,
    answer: Answer,
    repair: Answer,
    request: PageRequest,
) -> Answer:
    code, *others = repair["changes"]
    typed = answer["choices"].get(code)
    if others or not isinstance(typed, int):
        return repair
    choices = {name: each for name, each in answer["choices"].items() if name != code}
    free = _ask(release, design, choices, answer["quantity"], request)
    spans = free["characteristics"].get(code, {}).get("ranges", ())
    ends = [min(max(typed, span["min"]), span["max"]) for span in spans]
    if not ends:
        return repair
    nearest = min(ends, key=lambda end: abs(end - typed))
    return {"changes": {code: nearest}, "price_delta_minor": None}


def _ask(
    release: LiveRelease,
    design: Design,
    choices: dict[str, Any],
    quantity: int,
    request: PageRequest,
) -> Answer:
    return configure_answer(
        product=release,
        choices=choices,
        quantity=quantity,
        language=get_language(),
        user=pays_for(release, design, request),
        now=request.now,
        beside=design.beside,
    )


def pays_for(release: LiveRelease, design: Design, request: PageRequest) -> User | None:
    """Give whose prices count: those of the order that is changed, else the visitor's.

    Staff and whoever holds an order's link change what another pays.
    """
    changing = design.changing or find_changing(
        request, design.ordered, product=release.product
    )
    return changing.buyer if changing else buyer_of(request)


def list_changed(release: LiveRelease, design: Design) -> dict[str, Any]:
    """List the answers that differ from the design shown before, quantity too."""
    fields = QueryDict(design.before)
    before = {
        **read_choices(release.definition, fields),
        QUANTITY: read_quantity(fields, release.definition.quantity.minimum),
    }
    after = {**design.choices, QUANTITY: design.quantity}
    codes = [each.code for each in release.definition.characteristics]
    return {
        code: after.get(code)
        for code in [*codes, QUANTITY]
        if (before.get(code) or None) != (after.get(code) or None)
    }
