"""One product's page: every change comes here and goes back as an address."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, cast

from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from configurator.ports import ports
from configurator.selectors.callers import PageRequest
from configurator.selectors.choices import complete_answer, configure_answer
from configurator.selectors.fields import LONGEST_ADDRESS, apply_changes
from configurator.selectors.releases import LiveRelease, release_on_sale
from configurator.selectors.times import local
from configurator.services.pictures import store_pictures
from configurator.states import CharacteristicKind
from configurator.throttles import may_upload
from configurator.views.design import (
    AT,
    UNDO,
    Design,
    address_of,
    answer_design,
    list_changed,
    mend_defaults,
    move_numbers,
    pays_for,
    read_before,
    read_design,
    relax,
)
from configurator.views.picker_amounts import Amounts, amounts_for
from configurator.views.picker_drawn import Shown, draw_picker
from configurator.views.seo import product_summary

SURPRISE = "SURPRISE"
PICKS = ("CHEAPEST", "POPULAR", SURPRISE)
# Each draw asks the engine anew; the questions beyond are answered as most do.
MOST_DRAWN = 12
Objective = Literal["CHEAPEST", "POPULAR"]


@require_http_methods(["GET", "HEAD", "POST"])
def product(page: PageRequest, slug: str) -> HttpResponse:
    """Show one product with its choices.

    The address holds the design. A plain form is answered with a redirect to the
    address of the new choices; htmx gets the parts that changed.
    """
    release = release_on_sale(slug, today=local(page.now).date())
    if page.method == "POST":
        return _change(page, release)
    design = read_design(release, page.GET)
    if page.htmx or page.GET.get(UNDO):
        design.before = read_before(release, page)
    if page.GET.get("pick") in PICKS:
        return _pick(page, release, design, page.GET["pick"])
    design.is_changed_for_them = bool(page.GET.get(UNDO))
    return _show(page, release, design)


def _show(page: PageRequest, release: LiveRelease, design: Design) -> HttpResponse:
    """Answer with the page, or for htmx with the part that it replaces.

    A plain page with an answer that cannot be is a 400; htmx must be told 200, or it
    would not show what is wrong.
    """
    answer = answer_design(release, design, page)
    if mend_defaults(design, answer):
        answer = answer_design(release, design, page)
    if not answer["valid"]:
        answer = move_numbers(release, design, answer, page)
        answer = relax(release, design, answer, page)
    amounts = amounts_for(pays_for(release, design, page), answer)
    answer["amounts"] = amounts
    picker = draw_picker(Shown(release, design, answer, _net_price(amounts), page.now))
    token = get_token(page)
    if page.htmx:
        response = HttpResponse(picker.for_visitor(token))
        address = address_of(release, design)
        if len(address) <= LONGEST_ADDRESS:
            response["HX-Replace-Url"] = address
    else:
        context = {
            "section": "shop",
            "product": picker.context["product"],
            "seo": product_summary(page, release, picker.context),
            "picker": picker.for_visitor(token),
            "csrf_token": token,
        }
        status = 400 if design.problems else 200
        response = render(page, "configurator/product.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _net_price(amounts: Amounts) -> Mapping[str, Any]:
    """Write the price without tax for the trade, as cart and checkout do."""
    if amounts.without_tax is None:
        return {}
    return ports.show_tax(amounts.total_minor, amounts.currency, is_trade=True)


def _change(page: PageRequest, release: LiveRelease) -> HttpResponse:
    """Take a form: keep its pictures, apply a fix, show what is possible now."""
    design = read_design(release, page.POST)
    design.before = read_before(release, page)
    tokens, problems = store_pictures(
        release=release,
        files=page.FILES,
        may_store=partial(may_upload, page),
        now=page.now,
    )
    design.choices |= tokens
    design.problems |= problems
    fix = page.POST.get("fix", "")
    if fix:
        design.choices, design.quantity = apply_changes(
            release.definition, fix, design.choices, design.quantity
        )
        design.is_changed_for_them = True
        design.touched = QueryDict(fix).get(AT, "")
    address = address_of(release, design, undo=design.before if fix else "")
    if page.htmx or problems or len(address) > LONGEST_ADDRESS:
        return _show(page, release, design)
    changed = next(iter(list_changed(release, design)), "quantity")
    return redirect(f"{address}#q-{changed}" if fix else address)


def _pick(
    page: PageRequest, release: LiveRelease, design: Design, pick: str
) -> HttpResponse:
    """Answer everything anew: the cheapest way, as most do, or by chance.

    Words, pictures and numbers are the customer's own and stay.
    """
    before = design.query
    own = {
        each.code
        for each in release.definition.characteristics
        if each.kind.value not in (CharacteristicKind.CHOICE, CharacteristicKind.MULTI)
    }
    start = {code: each for code, each in design.choices.items() if code in own}
    if pick == SURPRISE:
        start = _draw(page, release, start, design.quantity)
    answer = complete_answer(
        product=release,
        choices=start,
        quantity=design.quantity,
        objective="POPULAR" if pick == SURPRISE else cast("Objective", pick),
        language=get_language(),
        user=pays_for(release, design, page),
        now=page.now,
    )
    design.choices = answer["choices"]
    design.before, design.is_changed_for_them = before, True
    if page.htmx:
        return _show(page, release, design)
    return redirect(address_of(release, design, undo=before))


def _draw(
    page: PageRequest, release: LiveRelease, start: dict[str, Any], quantity: int
) -> dict[str, Any]:
    """Draw an answer to each question among those that are possible beside the rest."""
    chance = random.SystemRandom()
    kept = dict(start)
    questions = [
        each.code
        for each in release.definition.characteristics
        if each.kind.value == CharacteristicKind.CHOICE
    ]
    chance.shuffle(questions)
    for code in questions[:MOST_DRAWN]:
        answer = configure_answer(
            product=release, choices=kept, quantity=quantity, now=page.now
        )
        options = answer["characteristics"][code]["options"]
        possible = [name for name, each in options.items() if each["available"]]
        if not possible:
            return dict(start)
        kept[code] = chance.choice(possible)
    return kept
