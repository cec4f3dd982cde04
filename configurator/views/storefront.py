"""The shop's pages: what is made here, and one product to make one's own."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import parse_qsl, quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from configurator.engine.model import Kind
from configurator.models import Product
from configurator.selectors.choices import complete_answer, configure_answer
from configurator.selectors.errors import InvalidError
from configurator.selectors.money import written
from configurator.selectors.products import list_products
from configurator.selectors.releases import LiveRelease, live_release
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from configurator.services.previews import preview_svg
from configurator.services.uploads import store_upload
from configurator.states import ProductKind
from configurator.views.choices import (
    default_choices,
    read_choices,
    read_quantity,
    surprise,
    write_query,
)
from configurator.views.picker import name_changes, picker_context

PICKS = ("CHEAPEST", "POPULAR", "SURPRISE")
METHOD_WORDS = {
    "JOB": gettext_lazy("Made once, for you, by hand"),
    "BATCH": gettext_lazy("Made together with others' orders"),
    "FLOW": gettext_lazy("Made all day, always there"),
    "MASS_CUSTOMISATION": gettext_lazy("Made one by one, exactly as you choose"),
}


@require_GET
def product_list(request: HttpRequest) -> HttpResponse:
    """Show everything that can be ordered, each with its picture."""
    cards = [_card(product) for product in list_products()]
    return render(
        request,
        "configurator/product-list.html",
        {"section": "shop", "cards": cards, "hero": cards[0] if cards else None},
    )


def _card(product: Product) -> dict[str, Any]:
    release = live_release(product.slug)
    methods = {routing.method for routing in release.definition.routings}
    svg = preview_svg(
        release_id=release.release_id,
        choices=default_choices(release.definition),
        prefix=f"{product.slug}-",
    )
    return {
        "name": in_language(product.name),
        "url": reverse("catalogue:product", args=[product.slug]),
        "preview": mark_safe(svg),  # noqa: S308 -- drawn by our own renderer
        "price": written(product.from_price_minor, product.currency),
        "is_estimate": product.kind == ProductKind.BESPOKE,
        "note": " · ".join(
            str(METHOD_WORDS[method])
            for method in sorted(methods & METHOD_WORDS.keys())
        ),
        "sold_out": False,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one product with its choices; every change comes back here.

    The address holds the design. A plain form post answers with a redirect to the
    address of the new choices; htmx gets the part that changed.
    """
    release = live_release(slug)
    if request.method == "POST":
        return _change(request, release)
    if request.GET.get("pick") in PICKS:
        return _pick(request, release, request.GET["pick"])
    choices = read_choices(release.definition, request.GET)
    if not any(name.startswith("c.") for name in request.GET):
        choices = default_choices(release.definition)
    quantity = read_quantity(request.GET, release.definition.quantity.minimum)
    context, status = _show(request, release, choices, quantity)
    return render(request, "configurator/product.html", context, status=status)


def _show(
    request: HttpRequest, release: LiveRelease, choices: dict[str, Any], quantity: int
) -> tuple[dict[str, Any], int]:
    try:
        answer = configure_answer(
            product=release.product,
            choices=choices,
            quantity=quantity,
            language=get_language(),
            now=request.now,
        )
        problems: list[str] = []
    except InvalidError as error:
        answer, problems = _mended(request, release, choices, quantity, error)
    before = request.POST.get("before", "")
    context = picker_context(
        release,
        answer,
        undo=request.GET.get("undo", ""),
        before_minor=int(before) if before.isascii() and before.isdigit() else None,
    )
    context |= {"section": "shop", "refused": problems}
    return context, 400 if problems else 200


def _mended(
    request: HttpRequest,
    release: LiveRelease,
    choices: dict[str, Any],
    quantity: int,
    error: InvalidError,
) -> tuple[dict[str, Any], list[str]]:
    """Leave out the answers that cannot be, and say which and why."""
    wrong = {str(problem.field).removeprefix("choices.") for problem in error.problems}
    kept = {code: value for code, value in choices.items() if code not in wrong}
    allowed = release.definition.quantity
    answer = configure_answer(
        product=release.product,
        choices=kept,
        quantity=quantity if "quantity" not in wrong else allowed.minimum,
        language=get_language(),
        now=request.now,
    )
    return answer, [_sentence(release, problem) for problem in error.problems]


def _sentence(release: LiveRelease, problem: Any) -> str:
    code = str(problem.field or "").removeprefix("choices.")
    each = release.definition.by_code.get(code)
    name = in_language(each.name) if each else ""
    return f"{name}: {problem.message}" if name else str(problem.message)


def _pick(request: HttpRequest, release: LiveRelease, pick: str) -> HttpResponse:
    """Answer everything: the cheapest way, as most do, or by chance."""
    definition = release.definition
    start: dict[str, Any] = {}
    if pick == "SURPRISE":
        start = _possible(
            request, release, surprise(definition, rng=random.SystemRandom())
        )
    answer = complete_answer(
        product=release.product,
        choices=start,
        objective="CHEAPEST" if pick == "CHEAPEST" else "POPULAR",
        language=get_language(),
        now=request.now,
    )
    return redirect(_address(release, answer["choices"], answer["quantity"]))


def _possible(
    request: HttpRequest, release: LiveRelease, drawn: dict[str, Any]
) -> dict[str, Any]:
    """Keep of some drawn answers those that go together, in the order drawn."""
    kept: dict[str, Any] = {}
    for code, option in drawn.items():
        answer = configure_answer(
            product=release.product, choices=kept | {code: option}, now=request.now
        )
        if answer["valid"]:
            kept[code] = option
    return kept


def _change(request: HttpRequest, release: LiveRelease) -> HttpResponse:
    """Take a form: apply a fix, store a picture, show what is possible now."""
    choices = read_choices(release.definition, request.POST)
    quantity = read_quantity(request.POST, release.definition.quantity.minimum)
    before = write_query(choices, quantity)
    undo = ""
    try:
        choices |= _uploads(request, release)
        if request.POST.get("fix"):
            choices, undo = _fix(request, release, choices, quantity, before)
    except DomainError as error:
        messages.error(request, error.message)
    if request.htmx:  # type: ignore[attr-defined]
        context, _status = _show(request, release, choices, quantity)
        context["undo"] = undo
        answer = render(request, "configurator/_picker.html", context)
        answer["HX-Replace-Url"] = _address(release, choices, quantity)
        return answer
    address = _address(release, choices, quantity)
    return redirect(f"{address}&undo={undo}" if undo else address)


def _uploads(request: HttpRequest, release: LiveRelease) -> dict[str, str]:
    found = {}
    for each in release.definition.characteristics:
        file = request.FILES.get(f"file.{each.code}")
        if each.kind is Kind.FILE and file is not None:
            upload = store_upload(
                content=file.read(), file_name=file.name or "", now=request.now
            )
            found[each.code] = upload.token
    return found


def _fix(
    request: HttpRequest,
    release: LiveRelease,
    choices: dict[str, Any],
    quantity: int,
    before: str,
) -> tuple[dict[str, Any], str]:
    """Apply what a fix button says, and the cheapest repair it makes necessary."""
    changes = _read_fix(release, request.POST["fix"])
    wanted = choices | changes
    answer = configure_answer(
        product=release.product,
        choices=wanted,
        quantity=quantity,
        language=get_language(),
        now=request.now,
    )
    for conflict in answer["conflicts"][:1]:
        repairs = [
            repair["changes"]
            for repair in conflict["repairs"]
            if not set(repair["changes"]) & set(changes)
        ]
        if not repairs:
            raise DomainError(_("Nothing else can be changed to make this possible."))
        changes = changes | repairs[0]
        wanted = wanted | repairs[0]
    words = name_changes(release.definition, changes)
    messages.success(request, _("Changed to %(changes)s") % {"changes": words})
    return wanted, quote(before, safe="")


def _read_fix(release: LiveRelease, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for code, value in parse_qsl(text, keep_blank_values=True)[:50]:
        each = release.definition.by_code.get(code)
        if each is None:
            raise DomainError(_("This product has no characteristic of that name."))
        if each.kind is Kind.MULTI:
            found.setdefault(code, []).append(value)
        elif each.kind is Kind.NUMBER and value.isascii() and value.isdigit():
            found[code] = int(value)
        else:
            found[code] = value
    return found


def _address(release: LiveRelease, choices: dict[str, Any], quantity: int) -> str:
    path = reverse("catalogue:product", args=[release.product])
    return f"{path}?{write_query(choices, quantity)}"


@require_GET
def how_it_is_made(request: HttpRequest) -> HttpResponse:
    """Explain the four ways of making things in a customer's words."""
    return render(request, "configurator/how-it-is-made.html", {"section": "how"})
