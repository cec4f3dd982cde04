"""Advice that is worked out in the background and kept for a while."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.cache import cache

from configurator.services.errors import DomainError
from production.engine.demand import DemandError
from production.selectors import order_classes
from production.selectors.advice import Question, get_advice
from production.selectors.plant import plant_mark

KEPT_S = 3600
VERSION = 6  # of the answer's shape
ASKED_S = 60


def find_advice(*, question: Question) -> dict[str, Any] | None:
    """Give the advice on the plant as it stands, if it was worked out.

    It is kept while orders come in, and then says that some have come since.
    """
    found: dict[str, Any] | None = cache.get(_key(question))
    if found is not None:
        newest = order_classes.newest_line_of(product=question.product)
        found["is_stale"] = found["newest_line"] != newest
    return found


def forget_advice(*, question: Question) -> None:
    """Let the next who asks this have it worked out anew."""
    cache.delete(_key(question))


def find_progress(*, question: Question) -> tuple[int, int] | None:
    """Give how many of how many simulations are done, once it has begun."""
    found: tuple[int, int] | None = cache.get(f"{_key(question)}:progress")
    return found


def claim_advice(*, question: Question) -> bool:
    """Say whether nobody is at this question yet; the caller then sees to it."""
    return bool(cache.add(f"{_key(question)}:asked", True, ASKED_S))


def work_out_advice(*, question: Mapping[str, Any], now: datetime) -> None:
    """Answer a question and keep the answer, or what is wrong with the question."""
    asked = Question(**question)
    key = _key(asked)

    def tell(done: int, total: int) -> None:
        cache.set(f"{key}:progress", (done, total), ASKED_S)
        cache.set(f"{key}:asked", True, ASKED_S)

    newest = order_classes.newest_line_of(product=asked.product)
    try:
        answer = get_advice(question=asked, now=now, sweeps=True, on_progress=tell)
    except DomainError as error:
        answer = {"error": error.message}
    cache.set(key, answer | {"newest_line": newest}, KEPT_S)


def refresh_class_advice(*, now: datetime) -> int:
    """Work out anew what automatic policies rest on.

    Where neither orders have come since nor figures of the works have changed, what
    was found stands.
    """
    n_classes = 0
    products = order_classes.list_automatic_products()
    mark = plant_mark() if products else ""
    for product in products:
        newest = (order_classes.newest_line_of(product=product), mark)
        seen = f"class-advice:seen:{product}"
        if cache.get(seen) == newest:
            continue
        try:
            classes = order_classes.work_out_classes(product=product, now=now)
        except (DomainError, DemandError):
            classes = {}
        for routing, advice in classes.items():
            order_classes.keep_class_advice(
                product=product, routing=routing, advice=advice
            )
        n_classes += len(classes)
        cache.set(seen, newest, order_classes.KEPT_S)
    return n_classes


def _key(question: Question) -> str:
    """Name a question together with the plant that it is about."""
    about = [VERSION, asdict(question), plant_mark()]
    text = json.dumps(about, sort_keys=True)
    return f"advice:{hashlib.sha256(text.encode()).hexdigest()}"
