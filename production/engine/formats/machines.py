"""Instances for one machine or many: TSPLIB, wt_sds and JSPLIB files."""

from dataclasses import dataclass
from pathlib import Path

from production.engine.formats.text import FormatError, Line, read_lines
from production.engine.jobshop import JobShop
from production.engine.ordering import Run

FIRST = -1


def read_atsp(path: Path) -> list[list[int]]:
    """Read an asymmetric distance matrix, explicit and full, as TSPLIB writes it."""
    lines = read_lines(path)
    head: dict[str, Line] = {}
    numbers: list[int] = []
    inside = False
    for line in lines:
        if line.text == "EOF":
            break
        if inside:
            numbers += line.integers()
        elif line.text.startswith("EDGE_WEIGHT_SECTION"):
            inside = True
        elif ":" in line.text:
            head[line.text.split(":")[0].strip()] = line
    for name, value in (("DIMENSION", ""), ("EDGE_WEIGHT_FORMAT", "FULL_MATRIX")):
        if name not in head:
            raise FormatError(f"{path}: says no {name}")
        if value not in head[name].text:
            raise head[name].wrong(f"{name}: {value}")
    size_text = head["DIMENSION"].text.split(":")[1].strip()
    size = int(size_text) if size_text.isdigit() else 0
    if size < 1 or len(numbers) != size * size:
        cut = ": the file may be cut off" if len(numbers) < size * size else ""
        raise head["DIMENSION"].wrong(
            f"the side of a matrix of {len(numbers)} numbers{cut}"
        )
    return [numbers[row * size : (row + 1) * size] for row in range(size)]


@dataclass(frozen=True, slots=True)
class TardinessProblem:
    """Runs on one machine with their set-up times, the first from nowhere."""

    runs: tuple[Run, ...]
    setup_s: tuple[tuple[int, ...], ...]
    first_setup_s: tuple[int, ...]


def read_wtsds(path: Path) -> TardinessProblem:
    """Read weighted tardiness with sequence-dependent set-up (Cicirello's format)."""
    current: list[Line] = []
    sections: dict[str, list[Line]] = {"preamble": current}
    for line in read_lines(path):
        if line.text.endswith(":"):
            current = sections.setdefault(line.text[:-1].lower(), [])
        elif line.text.lower().startswith("end problem"):
            break
        else:
            current.append(line)
    columns = []
    for name in ("process times", "weights", "duedates"):
        if name not in sections:
            raise FormatError(f"{path}: has no section {name!r}")
        columns.append([line.integers(1)[0] for line in sections[name]])
    size = len(columns[0])
    if not all(len(column) == size for column in columns):
        raise FormatError(f"{path}: sections differ in length")
    stated = [
        line for line in sections.get("preamble", []) if "size:" in line.text.lower()
    ]
    if stated and stated[0].text.split(":")[1].strip() != str(size):
        raise stated[0].wrong(f"a size of {size}, as there are process times")
    first, rows = _setup_times(path, sections.get("setup times", []), size)
    runs = tuple(
        Run(run_s, due_s, weight) for run_s, weight, due_s in zip(*columns, strict=True)
    )
    return TardinessProblem(runs, tuple(tuple(row) for row in rows), tuple(first))


def _setup_times(
    path: Path, lines: list[Line], size: int
) -> tuple[list[int], list[list[int]]]:
    """Read a set-up time for every pair of jobs, and from nowhere to each."""
    times: dict[tuple[int, int], int] = {}
    for line in lines:
        before, after, time_s = line.integers(3)
        if not (FIRST <= before < size and 0 <= after < size and time_s >= 0):
            raise line.wrong(f"jobs from 0 to {size - 1} and a time from 0")
        times[before, after] = time_s
    for before in range(FIRST, size):
        for after in range(size):
            if before != after and (before, after) not in times:
                raise FormatError(
                    f"{path}: no set-up time from job {before} to job {after}: "
                    "the file may be cut off"
                )
    rows = [
        [times.get((before, after), 0) for after in range(size)]
        for before in range(FIRST, size)
    ]
    return rows[0], rows[1:]


def read_jobshop(path: Path) -> JobShop:
    """Read a job shop: counts, then for each job pairs of machine and duration."""
    lines = [line for line in read_lines(path) if not line.text.startswith("#")]
    if not lines:
        raise FormatError(f"{path}: has no counts of jobs and machines")
    n_jobs, n_machines = lines[0].integers(2)
    if len(lines) - 1 < n_jobs:
        raise lines[0].wrong(
            f"{len(lines) - 1} jobs, as there are rows: the file may be cut off"
        )
    jobs = []
    for line in lines[1 : n_jobs + 1]:
        numbers = line.integers()
        machines = numbers[::2]
        in_range = all(0 <= machine < n_machines for machine in machines)
        if len(numbers) != 2 * n_machines or not in_range or min(numbers) < 0:
            raise line.wrong(
                f"{n_machines} pairs of a machine below {n_machines} and a duration"
            )
        jobs.append(tuple(zip(machines, numbers[1::2], strict=True)))
    return JobShop(tuple(jobs))
