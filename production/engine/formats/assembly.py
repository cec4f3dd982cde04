"""Line balancing instances in the .alb format."""

from pathlib import Path

from production.engine.balance import Task
from production.engine.formats.text import FormatError, Line, read_lines


def read_alb(path: Path) -> list[Task]:
    """Read task times and direct precedence; tasks are numbered from 1."""
    sections: dict[str, list[Line]] = {}
    current: list[Line] = []
    for line in read_lines(path):
        if line.text.lower() == "<end>":
            break
        if line.text.startswith("<"):
            current = sections.setdefault(line.text.strip("<>").lower(), [])
        else:
            current.append(line)
    else:
        raise FormatError(f"{path}: has no <end>: the file may be cut off")
    if "task times" not in sections:
        raise FormatError(f"{path}: has no section <task times>")
    times = {}
    for line in sections["task times"]:
        number, time = line.integers(2)
        times[number] = time
    after: dict[int, list[int]] = {number: [] for number in times}
    for line in sections.get("precedence relations", []):
        before, follower = line.integers(2, ",")
        if before not in times or follower not in times:
            raise line.wrong("two task numbers")
        after[follower].append(before)
    expected = sections.get("number of tasks", [])
    if expected and expected[0].integers(1)[0] != len(times):
        raise expected[0].wrong(f"{len(times)} tasks, as there are times")
    return [Task(key, time, tuple(after[key])) for key, time in times.items()]
