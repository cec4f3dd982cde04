"""Compile the engines' inner loops, each once; their code is kept beside its source.

``python -m configurator.management.kernels`` takes half a minute the first time and a
second afterwards.
"""

import os
from importlib import import_module
from importlib.util import find_spec

# The longest first: workers that wait for it are spared the compiler's memory.
KERNELS = (
    "production.engine.sequence_search",
    "production.engine.changeover",
    "configurator.engine.choices",
)
IN_THE_BACKGROUND = 10


def main() -> None:
    """Compile what is not compiled yet, and leave the processor to whoever wants it."""
    os.nice(IN_THE_BACKGROUND)
    for name in filter(find_spec, KERNELS):
        import_module(name).warm()


if __name__ == "__main__":
    main()
