"""The cart's page, and what can be done with its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from configurator.selectors.callers import PageRequest, buyer_of
from configurator.selectors.fields import (
    QUANTITY,
    read_number,
    read_quantity,
)
from configurator.selectors.labels import list_labels, name_field
from configurator.selectors.money import written
from configurator.selectors.releases import LiveRelease, live_release, release_by_id
from configurator.selectors.roles import is_trade
from configurator.selectors.words import in_language
from configurator.services.errors import (
    DomainError,
    InvalidError,
    NotFoundError,
)
from orders.models import CartLine
from orders.selectors.carts import cart_answer
from orders.selectors.taxes import show_tax
from orders.services import carts
from orders.views.counter import desk_buyer
from orders.views.placed import find_just_placed
from orders.views.requests import (
    cart_of,
    cart_to_fill,
    language_of,
    read_design_form,
)
from orders.views.shown import LINES_PER_PAGE, page_of, show_product

REMOVED_KEY = "removed"
MOST_SUMS = 20


@require_safe
@never_cache
def cart_page(page: PageRequest) -> HttpResponse:
    """Show what was gathered, every line by itself."""
    removed = page.session.get(REMOVED_KEY) or {}
    context = {
        "section": "cart",
        "removed": in_language(removed.get("name", "")),
        "desk": desk_buyer(page),
        "placed": find_just_placed(page),
        **cart_context(page),
    }
    return render(page, "orders/cart.html", context)


def cart_context(
    page: PageRequest, problems: Mapping[int, str] | None = None
) -> dict[str, Any]:
    """Prepare a page of the cart, with problems by line where there are any.

    What it comes to is that of all its lines.
    """
    cart = cart_of(page)
    answer: dict[str, Any] = {"lines": []}
    if cart is not None:
        answer = cart_answer(cart=cart, language=language_of(), user=buyer_of(page))
    currency = answer.get("currency", "EUR")
    shown = Paginator(answer["lines"], LINES_PER_PAGE).get_page(page.GET.get("page"))
    tail = f"?page={shown.number}" if shown.number > 1 else ""
    lines = [
        {
            **(line := show_line(each)),
            "url": line["url"] + tail,
            "problem": (problems or {}).get(each["id"], ""),
        }
        for each in shown
    ]
    known = [line["total_minor"] or 0 for line in answer["lines"]]
    n_quoted = sum(line["total_minor"] is None for line in answer["lines"])
    return {
        "lines": lines,
        "page": shown,
        "n_quoted": n_quoted,
        "is_all_quoted": bool(lines) and n_quoted == len(known),
        "total": written(sum(known), currency),
        "tax": show_tax(sum(known), currency, is_trade=is_trade(buyer_of(page))),
        "sums": _sum_up(answer["lines"], currency),
    }


def _sum_up(lines: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, str]]:
    """Say what the lines come to, one by one; of many what each product does."""
    priced = [line for line in lines if line["total_minor"] is not None]
    if len(priced) > MOST_SUMS:
        by_name: dict[str, list[int]] = defaultdict(list)
        for line in priced:
            by_name[line["name"]].append(line["total_minor"])
        sums = [(f"{name} ({len(all_)})", sum(all_)) for name, all_ in by_name.items()]
    else:
        minors = [line["total_minor"] for line in priced]
        sums = list(zip(_told_apart(priced), minors, strict=True))
    return [{"label": name, "amount": written(minor, currency)} for name, minor in sums]


def _told_apart(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name lines so that those of one product differ: by the answers that do."""
    by_product: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        by_product[line["product"]].append(line["configuration"]["choices"])
    names = []
    for line in lines:
        others = by_product[line["product"]]
        labels = list_labels(
            release_id=line["release_id"], choices=line["configuration"]["choices"]
        )
        own = [
            label.value
            for label in labels
            if any(each.get(label.code) != others[0].get(label.code) for each in others)
        ]
        names.append(", ".join([line["name"], *own]))
    return names


def show_line(line: dict[str, Any]) -> dict[str, Any]:
    """Prepare one line of a cart answer for a page."""
    release = release_by_id(line["release_id"])
    allowed = release.definition.quantity
    currency = line["currency"]
    parts = [
        {"label": each["label"], "amount": written(each["amount_minor"], currency)}
        for each in line["price_lines"]
    ]
    estimate = sum(each["amount_minor"] for each in line["price_lines"])
    return {
        **show_product(
            release_id=line["release_id"],
            product=line["product"],
            configuration=line["configuration"],
            quantity=line["quantity"],
            line=line["id"],
        ),
        "id": line["id"],
        "name": line["name"],
        "url": reverse("orders:cart-line", args=[line["id"]]),
        "quantity": line["quantity"],
        "quantities": list(allowed.values),
        "least": allowed.minimum,
        "most": allowed.maximum,
        "step": allowed.step,
        "total": written(line["total_minor"], currency),
        "estimate": written(estimate, currency),
        "parts": parts if len(parts) > 1 else [],
        "is_old": not line["is_on_sale"],
    }


@require_POST
def cart_add(page: PageRequest, slug: str) -> HttpResponse:
    """Put the configurator's form into the cart, or into the line it came from."""
    release = live_release(slug)
    form = read_design_form(page, release)
    try:
        if form.problems:
            raise InvalidError(form.problems)
        line = _keep(page, release, form.choices, form.quantity)
    except InvalidError as error:
        return refuse_design(page, release, error, form.address(slug))
    return redirect(_path_at(line))


def _path_at(line: CartLine) -> str:
    """Give the address of a line of the cart, on the page where it stands."""
    before = CartLine.objects.filter(cart=line.cart_id, pk__lt=line.pk).count()
    number, path = page_of(before), reverse("orders:cart")
    return f"{path}?page={number}#line-{line.pk}" if number > 1 else path


def _keep(
    page: PageRequest, release: LiveRelease, choices: dict[str, Any], quantity: int
) -> CartLine:
    """Store the design; a line that has gone meanwhile comes back as a new one."""
    cart = cart_to_fill(page)
    line_id = read_number(page.POST.get("line", ""))
    if line_id is not None:
        try:
            line = carts.update_line(
                cart=cart,
                line_id=line_id,
                choices=choices,
                quantity=quantity,
                now=page.now,
            )
        except NotFoundError:
            line_id = None
        else:
            messages.success(page, _("Your changes are in the cart."))
            return line
    line = carts.add_line(
        cart=cart,
        product=release.product,
        choices=choices,
        quantity=quantity,
        now=page.now,
    )
    messages.success(page, _("It is in your cart."))
    return line


def refuse_design(
    page: PageRequest, release: LiveRelease, error: DomainError, address: str
) -> HttpResponse:
    """Say what is wrong with a design, each time naming the question."""
    definition = release.definition
    texts = []
    for problem in error.problems:
        name = name_field(definition, problem.field)
        texts.append(f"{name}: {problem.message}" if name else problem.message)
    context = {
        "texts": list(dict.fromkeys(texts)),
        "back_url": address,
        "back_label": _("Back to your design"),
    }
    return render(page, "refused.html", context, status=error.status)


@require_POST
def cart_line(page: PageRequest, line_id: int) -> HttpResponse:
    """Change a line's quantity, or take it out with the way back kept."""
    cart = cart_to_fill(page)
    line = carts.get_line(cart=cart, line_id=line_id)
    if page.POST.get("action") == "remove":
        carts.remove_line(cart=cart, line_id=line_id, now=page.now)
        page.session[REMOVED_KEY] = _memory(line)
        return redirect(_path_at(line))
    try:
        carts.update_line(
            cart=cart,
            line_id=line_id,
            quantity=read_quantity(page.POST, 0),
            now=page.now,
        )
    except InvalidError as error:
        if page.htmx:
            context = cart_context(page, {line_id: error.message})
            return render(page, "orders/_cart.html", context)
        release = release_by_id(line.configuration.release_id)
        return refuse_design(page, release, error, reverse("orders:cart"))
    if page.htmx:
        return render(page, "orders/_cart.html", cart_context(page))
    return redirect(_path_at(line))


def _memory(line: CartLine) -> dict[str, Any]:
    """Keep in the session what a removed line was, to put it back."""
    configuration = line.configuration
    return {
        "product": configuration.product.slug,
        "name": configuration.product.name,
        "choices": configuration.choices,
        QUANTITY: line.quantity,
    }


@require_POST
def cart_restore(page: PageRequest) -> HttpResponse:
    """Put the line back that was taken out just before."""
    memory = page.session.pop(REMOVED_KEY, None)
    if memory is not None:
        line = carts.add_line(
            cart=cart_to_fill(page),
            product=memory["product"],
            choices=memory["choices"],
            quantity=memory[QUANTITY],
            now=page.now,
        )
        return redirect(_path_at(line))
    return redirect("orders:cart")
