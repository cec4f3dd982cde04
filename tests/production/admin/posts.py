"""What a browser sends to the pages of the works' figures, and what they answer."""

import html
import re

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from tests.factories.access import make_user
from tests.factories.floor import make_centre

CATCH_ALL = {"code": "REST", "internal_s": 600}
SAME = {"code": "SAME", "same": ["programme"], "internal_s": 60}


def sign_in(role):
    user = make_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user)
    return client


def page_of(model, row=None, action="change"):
    name = f"admin:production_{model}_{action}"
    return reverse(name, args=[row.pk] if row else [])


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def errors_of(response):
    """Give what a page refuses, field by field, its rows' among them."""
    context = response.context
    found = dict(context["adminform"].form.errors)
    for formset in context["inline_admin_formsets"]:
        for form in formset.formset.forms:
            found.update(form.errors)
        if texts := formset.formset.non_form_errors():
            found[formset.formset.prefix] = texts
    return {field: " ".join(texts) for field, texts in found.items()}


def rows_of(prefix, rows=(), n_before=0):
    """Write the fields of a formset as a browser sends them."""
    fields = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": n_before,
    }
    for place, row in enumerate(rows):
        fields |= {f"{prefix}-{place}-{key}": value for key, value in row.items()}
    return fields


def calendar_fields(shifts=(), closed=(), **fields):
    return {
        "zone": "Europe/Berlin",
        **rows_of("shifts", shifts),
        **rows_of("closed_days", closed),
        **fields,
    }


def station_fields(position, code, **fields):
    return {"position": position, "code": code, "name": '{"en": "A"}', "base_ms": 0} | {
        **fields
    }


def line_fields(line, *rules, stations=None, **fields):
    """Send a line as its page shows it; without ``stations`` those that it has."""
    kept = [
        station_fields(each.position, each.code, base_ms=each.base_ms)
        | {"id": each.pk, "line": line.pk}
        for each in line.stations.all()
    ]
    return {
        "name": '{"en": "Line"}',
        "takt_ms": "60000",
        "wip_limit": "4",
        **rows_of("stations", stations or kept, len(kept)),
        **rows_of("sequence_rules", rules),
        **fields,
    }


def new_line_fields(*stations, **fields):
    return {
        "code": "FL-2",
        "kind": "FLEXIBLE",
        "name": '{"en": "Second"}',
        "takt_ms": "60000",
        "wip_limit": "4",
        **rows_of("stations", stations),
        **fields,
    }


def ratio_fields(**fields):
    return {
        "code": "BOTH",
        "name": '{"en": "Both"}',
        "condition": "quantity = 1",
        "p": "1",
        "q": "3",
        "priority": "1",
        **fields,
    }


def rule_fields(**fields):
    return {
        "matrix": "OVEN",
        "sequence": "30",
        "code": "NEW",
        "name": '{"en": "New"}',
        "internal_s": "60",
        "external_s": "0",
        **fields,
    }


def centre_fields(**fields):
    row = make_centre("OVEN-1")
    return {
        "name": '{"en": "Oven"}',
        "calendar": row.calendar_id,
        "n_places": "1",
        "crew": "1",
        "position": "10",
        "is_up": "on",
        **fields,
    }
