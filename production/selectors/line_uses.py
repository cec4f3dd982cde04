"""What stands on a line or names it, so that nobody takes it away unawares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from configurator.models import Routing
from production.models import (
    Line,
    LineKind,
    LineSlot,
    Operation,
    ReplenishmentRun,
    Station,
)
from production.selectors.parameters import IN_USE, list_releases_with
from production.states import (
    LIVE_WORK_ORDER_STATES,
    OPEN_OPERATION_STATES,
    RunState,
    SlotState,
)


def is_running(line: Line) -> bool:
    """Say whether a run of a flow line has begun or is to come."""
    open_states = (RunState.PLANNED, RunState.RUNNING)
    return ReplenishmentRun.objects.filter(line=line.pk, state__in=open_states).exists()


def list_uses_of_lines(lines: Iterable[Line]) -> Iterator[str]:
    """Name the routings that go over these lines."""
    codes = {line.code for line in lines}
    routings = Routing.objects.filter(line__in=codes, release__state__in=IN_USE)
    for routing in routings.select_related("release__product").order_by("pk"):
        yield _("Routing: %(release)s, %(routing)s") % {
            "release": routing.release,
            "routing": routing.code,
        }


def list_uses_of_stations(*, line: Line, stations: Sequence[Station]) -> list[str]:
    """Say of stations that are to go what uses them, a sentence for each use."""
    uses = [use for station in stations for use in _uses(line, station)]
    if stations and line.kind == LineKind.FLOW and is_running(line):
        uses.append(_("Its line has an open run: it keeps its stations until then."))
    return uses


def _uses(line: Line, station: Station) -> Iterator[str]:
    if _at(line, [station]):
        yield _("%(station)s stays: a unit stands there.") % {"station": station.code}
    work = Operation.objects.filter(
        station=station.code,
        work_order__line=line,
        state__in=OPEN_OPERATION_STATES,
        work_order__state__in=LIVE_WORK_ORDER_STATES,
    )
    if number := work.values_list("work_order__number", flat=True).first():
        text = _("%(station)s stays: %(number)s is to be worked on there.")
        yield text % {"station": station.code, "number": number}
    for rule in line.sequence_rules.filter(station=station.code):
        text = _("%(station)s stays: the ratio %(rule)s is kept for it.")
        yield text % {"station": station.code, "rule": rule.code}
    named = {"station": station.code, "routing__line": line.code}
    for release in list_releases_with(**named):
        text = _("%(station)s stays: %(release)s has a step there.")
        yield text % {"station": station.code, "release": release}


def list_faults_of_moves(*, line: Line, stations: Sequence[Station]) -> list[str]:
    """Say why stations cannot change places: a unit would be somewhere else."""
    if not stations or not _at(line, line.stations.all() if line.pk else ()):
        return []
    return [_("Stations change places while no unit stands at one.")]


def _at(line: Line, stations: Iterable[Station]) -> bool:
    places = [station.position for station in stations]
    slots = LineSlot.objects.filter(line=line, state=SlotState.AT_STATION)
    return slots.filter(station__in=places).exists()
