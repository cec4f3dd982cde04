"""One design for a whole team: a list of names, sizes and numbers becomes lines."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from configurator.selectors.callers import PageRequest, user_of
from configurator.selectors.fields import (
    default_choices,
    has_choices,
    read_choices,
    read_number,
    write_query,
)
from configurator.selectors.releases import LiveRelease, live_release
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError, NotFoundError
from configurator.services.examples import template_lines
from configurator.services.once import (
    Answer,
    KeyReusedError,
    answer_once,
    read_once_request,
)
from configurator.services.rosters import (
    Mend,
    Roster,
    apply_mend,
    change_cells,
    check_roster,
    drop_strangers,
)
from configurator.services.tables import (
    LARGEST_BYTES,
    Table,
    TableError,
    read_file,
    read_text,
    write_csv,
    write_text,
    write_workbook,
)
from configurator.states import ProductKind
from orders.services.carts import list_beside
from orders.services.rosters import add_roster
from orders.views.requests import cart_of, cart_to_fill
from orders.views.team_context import list_context, roster_context

CELL = "cell"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def team_order(page: PageRequest, slug: str) -> HttpResponse:
    """Take a list, show what it comes to and what is wrong, put it into the cart."""
    release = _find(slug)
    if page.method != "POST":
        choices = _design(release, page.GET)
        return _ask(page, release, choices, text="")
    choices = _design(release, page.POST)
    text = page.POST.get("list", "")
    if page.POST.get("action") == "edit":
        return _ask(page, release, choices, text=text)
    try:
        roster = _understand(page, release, choices, _read(page, text))
        if page.POST.get("action") != "add" or not roster.is_good:
            status = 200 if roster.is_good else 400
            return _show(page, release, choices, roster, status=status)
        return _add(page, release, choices, roster)
    except TableError as error:
        return _ask(page, release, choices, text=text, error=error)


@require_safe
def team_template(page: PageRequest, slug: str, kind: str) -> HttpResponse:
    """Give a list to fill in, with the columns that fit the design."""
    if kind not in ("csv", "xlsx"):
        raise NotFoundError(_("Lists are CSV or XLSX."))
    release = _find(slug)
    lines = template_lines(release.definition, _design(release, page.GET))
    if kind == "xlsx":
        title = in_language(release.definition.name) or release.product
        content = write_workbook(lines, title=title)
        response = HttpResponse(content, content_type=XLSX)
    else:
        content = write_csv(lines)
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"{release.product}-team.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _find(slug: str) -> LiveRelease:
    release = live_release(slug)
    if release.kind != ProductKind.CONFIGURABLE:
        raise NotFoundError(_("There is no list for this product."))
    return release


def _design(release: LiveRelease, fields: QueryDict) -> dict[str, Any]:
    if not has_choices(fields):
        return default_choices(release.definition)
    return read_choices(release.definition, fields)


def _read(page: PageRequest, text: str) -> Table:
    """Read the file that was sent, else the text, with what was mended in cells."""
    file = page.FILES.get("file")
    if file is not None:
        return read_file(file.read(LARGEST_BYTES + 1))
    table = read_text(text)
    table = change_cells(table, _read_cells(page.POST))
    mend = _read_mend(page.POST.get("mend", ""))
    return table if mend is None else apply_mend(table, mend)


def _read_cells(fields: QueryDict) -> dict[tuple[int, int], str]:
    """Read cells that were changed in place: ``cell.<row>.<column>``."""
    found = {}
    for name in fields:
        start, _dot, place = name.partition(".")
        row, _dot, column = place.partition(".")
        at = (read_number(row), read_number(column))
        if start == CELL and at[0] is not None and at[1] is not None:
            found[at[0], at[1]] = str(fields.get(name))
    return found


def _read_mend(text: str) -> Mend | None:
    try:
        column, was, becomes = json.loads(text)
        return Mend(int(column), str(was), str(becomes))
    except (ValueError, TypeError):
        return None


def _understand(
    page: PageRequest, release: LiveRelease, choices: dict[str, Any], table: Table
) -> Roster:
    cart = cart_of(page)
    beside = list_beside(cart=cart, product=release.product) if cart else []

    def check(table: Table) -> Roster:
        return check_roster(
            release=release,
            table=table,
            choices=choices,
            beside=beside,
            user=user_of(page),
            now=page.now,
        )

    roster = check(table)
    if roster.strangers and page.POST.get("action") == "leave_out":
        return check(drop_strangers(roster))
    return roster


def _ask(
    page: PageRequest,
    release: LiveRelease,
    choices: dict[str, Any],
    *,
    text: str,
    error: TableError | None = None,
) -> HttpResponse:
    context = {
        **list_context(release, choices),
        "list": text,
        "error": error.message if error else "",
    }
    status = error.status if error else 200
    return render(page, "orders/team.html", context, status=status)


def _show(
    page: PageRequest,
    release: LiveRelease,
    choices: dict[str, Any],
    roster: Roster,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **list_context(release, choices),
        **roster_context(roster),
        "list": write_text(roster.table),
        "note": note,
    }
    return render(page, "orders/team.html", context, status=status)


def _add(
    page: PageRequest, release: LiveRelease, choices: dict[str, Any], roster: Roster
) -> HttpResponse:
    buyer = user_of(page)
    try:
        call = read_once_request(
            key=page.POST.get("once"),
            user_id=buyer.pk if buyer else None,
            api_key_id=None,
            call=f"POST team {release.product}",
            body=[write_query(choices, 1), write_text(roster.table)],
        )
        answer = answer_once(
            call, now=page.real_now, effect=lambda: _effect(page, roster)
        )
    except KeyReusedError:
        messages.error(page, _("This list was sent before; look into your cart."))
        return redirect("orders:cart")
    except DomainError as error:
        text, status = error.message, error.status
        return _show(page, release, choices, roster, note=text, status=status)
    n = answer.body["n"]
    text = ngettext("%(n)s line is in your cart.", "%(n)s lines are in your cart.", n)
    messages.success(page, text % {"n": n})
    return redirect("orders:cart")


def _effect(page: PageRequest, roster: Roster) -> Answer:
    lines = add_roster(
        cart=cart_to_fill(page),
        requests=roster.requests(),
        expected_total_minor=read_number(page.POST.get("shown_minor", "")),
        user=user_of(page),
        now=page.now,
    )
    return Answer(201, {"n": len(lines)})
