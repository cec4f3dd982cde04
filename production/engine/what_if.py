"""The same demand on other equipment: more automation, other shifts, other set-ups."""

from collections.abc import Mapping
from dataclasses import replace

from production.engine.case import BP, FOUR_PLANTS, Case
from production.engine.changeover import SetupMatrix
from production.engine.openings import Openings, merge
from production.engine.values import require

DAY_S = 86_400


def with_automation(case: Case, *, share_bp: int) -> Case:
    """Move the equipment from as it is (0) towards a fully automatic plant (10,000).

    The far end has the factors of the plant that is built for flow: few people, dear
    machines, short runs, long set-ups.
    """
    require(holds=0 <= share_bp <= BP, what="automation", value=share_bp, unit="bp")
    if share_bp == 0:
        return case
    far = FOUR_PLANTS["FLOW"]

    def towards(factor_bp: int) -> int:
        return BP + (factor_bp - BP) * share_bp // BP

    def scaled(value: int, factor_bp: int) -> int:
        return value * towards(factor_bp) // BP

    case = case.with_setup(towards(far.setup_bp))
    rates = case.rates
    faster = _with_runs(case, factor_bp=towards(far.run_bp))
    return replace(
        faster,
        rates=replace(
            rates,
            labour_minor_per_h=scaled(rates.labour_minor_per_h, far.crew_bp),
            machine_minor_per_h=scaled(rates.machine_minor_per_h, far.machine_bp),
        ),
    )


def _with_runs(case: Case, *, factor_bp: int) -> Case:
    """Scale all run times, those of a line's stations too."""
    equipment, pacing = case.equipment, case.equipment.pacing

    def scaled(times: Mapping[str, int]) -> dict[str, int]:
        return {name: ms * factor_bp // BP for name, ms in times.items()}

    if pacing is not None:
        pacing = replace(pacing, slack_ms=scaled(pacing.slack_ms))
    load_run_ms = equipment.load_run_ms * factor_bp // BP
    return replace(
        case,
        orders=tuple(
            replace(order, station_ms=scaled(order.station_ms)) for order in case.orders
        ),
        equipment=replace(
            equipment,
            run_ms=max(1, equipment.run_ms * factor_bp // BP),
            load_run_ms=max(int(equipment.load_pieces is not None), load_run_ms),
            pacing=pacing,
        ),
        profile=replace(
            case.profile, run_ms=max(1, case.profile.run_ms * factor_bp // BP)
        ),
    )


def with_shifts(case: Case, *, factor_bp: int) -> Case:
    """Let every stretch of working time be longer or shorter by a factor.

    A stretch that reaches the next one joins it; nothing works more than all day.
    """
    require(holds=factor_bp > 0, what="shifts", value=factor_bp, unit="bp")
    openings = scaled_openings(case.equipment.openings, factor_bp)
    day_s = max(1, min(DAY_S, case.profile.day_s * factor_bp // BP))
    return replace(
        case,
        equipment=replace(case.equipment, openings=openings),
        profile=replace(case.profile, day_s=day_s),
    )


def scaled_openings(openings: Openings, factor_bp: int) -> Openings:
    """Scale the length of each stretch, from where it begins."""
    if openings is None or factor_bp == BP:
        return openings
    return merge(
        [
            (from_s, from_s + max(1, (to_s - from_s) * factor_bp // BP))
            for from_s, to_s in openings
        ]
    )


def with_matrix(case: Case, *, matrix: SetupMatrix) -> Case:
    """Give the same case under another set-up matrix."""
    equipment = replace(case.equipment, matrix=matrix)
    return replace(case, equipment=equipment).with_mean_change()
