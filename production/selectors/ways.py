"""The ways out of the works, from the figures that an admin edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from orders.states import Delivery
from production.engine.delivery import Way, deliver
from production.models import Site

PICK_UP = "17:30"
PACKING_S = 30 * 60
TOUR_S = 2 * 3600
SLOT_S = 2 * 3600
DOWNLOAD = "DOWNLOAD"
HOME, NEAR, FAR = "home", "eu", "world"
TRANSIT_DAYS = {HOME: 1, NEAR: 3, FAR: 8}
WORKING_WEEK = (0, 1, 2, 3, 4)
A_YEAR = 2024  # of a leap day
MOST_TRANSIT_DAYS = 366
CLOSED_AHEAD = 3  # years for which days like 25 December are laid down


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods leave one site: figures by the name of a way."""

    zone: str = "UTC"
    country: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    year: int = 0

    @property
    def home(self) -> str:
        return str(self._of("carrier").get("home") or self.country)

    def way(self, *, delivery: str, country: str, product: str) -> Way:
        """Give the way that a product takes to a country; unnamed is at home.

        Files are handed out by themselves, whatever else is sent with them.
        """
        files = self._of("download").get("products", ())
        if delivery == DOWNLOAD or product in files:
            return Way(zone=self.zone, is_download=True)
        if delivery == Delivery.COLLECTION:
            return self._collection()
        if delivery == Delivery.VAN:
            return self._van(product)
        return self._carrier(country)

    def list_ways(self) -> list[Way]:
        """Give every way that there is, to everywhere."""
        goods = ("", *self._of("furniture").get("products", ()))
        return [
            self.way(delivery=delivery, country=country, product=product)
            for delivery in Delivery
            for country in ("", *self._of("carrier").get("eu", ()), "ZZ")
            for product in goods
        ]

    def reaches(self, *, delivery: str, country: str) -> bool:
        """Say whether a way goes to a country at all: vans stay at home."""
        is_home = not self.home or country in ("", self.home)
        return delivery != Delivery.VAN or is_home

    def _of(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.figures.get(name) or {}
        return found

    @property
    def _packing_s(self) -> int:
        return int(self.figures.get("packing_s", PACKING_S))

    def _collection(self) -> Way:
        figures = self._of("collection")
        return Way(
            zone=self.zone,
            weekdays=_weekdays(figures),
            opens=time.fromisoformat(figures.get("opens", "08:00")),
            by=time.fromisoformat(figures.get("closes", "18:00")),
            slot_s=int(figures.get("slot_s", SLOT_S)),
            packing_s=self._packing_s,
            closed=self._closed(figures),
        )

    def _van(self, product: str) -> Way:
        """Take the van that brings this product: furniture has one of its own."""
        figures = self._of("van")
        if product in self._of("furniture").get("products", ()):
            figures = self._of("furniture")
        return Way(
            zone=self.zone,
            weekdays=_weekdays(figures),
            departures=_clocks(figures.get("departures", ("08:00",))),
            tour_s=int(figures.get("tour_s", TOUR_S)),
            packing_s=self._packing_s,
            closed=self._closed(figures),
        )

    def _carrier(self, country: str) -> Way:
        figures = self._of("carrier")
        days = {**TRANSIT_DAYS, **figures.get("transit_working_days", {})}
        return Way(
            zone=self.zone,
            weekdays=_weekdays(figures),
            departures=_clocks((figures.get("pick_up", PICK_UP),)),
            transit_days=int(days[self._distance(country)]),
            packing_s=self._packing_s,
            closed=self._closed(figures),
        )

    def _distance(self, country: str) -> str:
        if not country or not self.home or country == self.home:
            return HOME
        return NEAR if country in self._of("carrier").get("eu", ()) else FAR

    def _closed(self, figures: Mapping[str, Any]) -> frozenset[date]:
        """Read closed days: "2026-05-01", or "12-25" of every year."""
        found = set()
        for text in figures.get("closed", ()):
            if len(text) > len("12-25"):
                found.add(date.fromisoformat(text))
                continue
            years = range(self.year, self.year + CLOSED_AHEAD)
            found |= {date.fromisoformat(f"{year}-{text}") for year in years}
        return frozenset(found)


def get_terms(*, year: int) -> Terms | None:
    """Read how the first site ships; without a factory nothing is shipped."""
    site = Site.objects.order_by("id").first()
    if site is None:
        return None
    return Terms(
        zone=site.zone,
        country=str(site.figures.get("country", "")),
        figures=site.figures.get("delivery") or {},
        year=year,
    )


def fault_in_delivery(figures: Mapping[str, Any]) -> str:
    """Say what is wrong with the ways out; empty where goods leave by all of them."""
    terms = Terms(country="AA", figures=figures, year=A_YEAR)
    try:
        for way in terms.list_ways():
            if way.transit_days > MOST_TRANSIT_DAYS:
                found = f"{way.transit_days} is more than {MOST_TRANSIT_DAYS}"
                raise ValueError(f"transit_working_days: {found}")
            deliver(datetime(A_YEAR, 1, 1, tzinfo=UTC), way)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        return _("The ways out cannot be read: %(error)s.") % {"error": error}
    return ""


def _weekdays(figures: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(figures.get("weekdays") or WORKING_WEEK)


def _clocks(texts: Sequence[str]) -> tuple[time, ...]:
    return tuple(time.fromisoformat(text) for text in texts)
