"""A program that is run twice, each time in a process of its own."""

import os
import subprocess
import sys


def print_twice(program: str, *, changes: dict[str, str]) -> tuple[str, str]:
    """Give what it prints: first as things are, then with an environment changed.

    It fails, or writes on its error stream, in neither process.
    """
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | more,
        )
        for more in ({}, changes)
    )
    assert (first.stderr, second.stderr) == ("", "")
    return first.stdout, second.stdout
