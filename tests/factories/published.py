"""Releases that are on sale: published once in a process, then laid down again."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Model

from configurator.models import (
    BomLine,
    CatalogueRelease,
    Characteristic,
    Option,
    PriceList,
    PriceRule,
    Product,
    Routing,
    RoutingStep,
    Rule,
)
from configurator.services.catalogue import create_draft, publish_release
from configurator.states import ReleaseState

# The rows of a release; a row's parent stands before it.
PARTS: tuple[tuple[type[Model], str, str], ...] = (
    (Characteristic, "release", "release"),
    (Option, "characteristic", "characteristic__release"),
    (Rule, "release", "release"),
    (PriceList, "release", "release"),
    (PriceRule, "price_list", "price_list__release"),
    (BomLine, "release", "release"),
    (Routing, "release", "release"),
    (RoutingStep, "routing", "routing__release"),
)

PARENTS = {
    Characteristic: "characteristic",
    PriceList: "price_list",
    Routing: "routing",
}
Kept = tuple[CatalogueRelease, list[list[Any]]]
KEPT: dict[str, Kept] = {}


def publish(document: Mapping[str, Any], *, now: datetime) -> CatalogueRelease:
    """Publish a product the way an admin does.

    Most tests begin with a few of the same products in an empty database: there, the
    rows that the first publication of a document left are written again.
    """
    is_new = not Product.objects.filter(slug=document["product"]).exists()
    key = f"{settings.ARTEFACT_DIR} {now} {json.dumps(document, sort_keys=True)}"
    if is_new and key in KEPT:
        return _lay(KEPT[key])
    draft = create_draft(document=document, now=now)
    release = publish_release(release_id=draft.pk, now=now)
    if is_new and release.state == ReleaseState.ACTIVE:
        KEPT[key] = _take(release)
    return release


def _take(release: CatalogueRelease) -> Kept:
    kept = CatalogueRelease.objects.select_related("product").get(pk=release.pk)
    rows = [
        list(model._default_manager.filter(**{path: release}))
        for model, _parent, path in PARTS
    ]
    return kept, rows


def _lay(kept: Kept) -> CatalogueRelease:
    """Write the rows as a draft's, for nothing is added to a release on sale."""
    published, parts = kept
    product = _fresh(published.product)
    product.save(force_insert=True)
    release: CatalogueRelease = _fresh(published)
    release.product = product
    frozen = {name: getattr(release, name) for name in ("state", "definition")}
    release.state, release.definition = ReleaseState.DRAFT, None
    release.save(force_insert=True)
    new: dict[Any, Any] = {("release", published.pk): release}
    for (model, parent, _path), rows in zip(PARTS, parts, strict=True):
        copies = [_fresh(row) for row in rows]
        for row in copies:
            setattr(row, parent, new[parent, getattr(row, f"{parent}_id")])
        model._default_manager.bulk_create(copies)
        name = PARENTS.get(model, "")
        new |= {(name, old.pk): row for old, row in zip(rows, copies, strict=True)}
    CatalogueRelease.objects.filter(pk=release.pk).update(**frozen)
    for name, value in frozen.items():
        setattr(release, name, value)
    return release


def _fresh(row: Any) -> Any:
    """Copy a row into one that is not in the database yet."""
    found = copy.deepcopy(row)
    found.pk, found._state.adding = None, True
    return found
