"""Read a plan that the command line has written, to plan again from it."""

import json
from pathlib import Path
from typing import Any

from production.engine.formats.text import FormatError


def read_plan(path: Path) -> list[Any]:
    """Read the list under ``plan`` of a JSON object."""
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise FormatError(f"{path}: is not JSON") from None
    plan = answer.get("plan") if isinstance(answer, dict) else None
    if not isinstance(plan, list):
        raise FormatError(f"{path}: has no list under 'plan'")
    if not all(isinstance(key, str | int) for key in plan):
        raise FormatError(f"{path}: the plan is not one of a sequence")
    return plan
