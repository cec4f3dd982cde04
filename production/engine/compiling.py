"""Compile the inner loops of a search, or run them as they stand and say so."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

try:
    import numba
except ImportError:  # pragma: no cover -- this environment has it
    numba = None  # type: ignore[assignment]

P = ParamSpec("P")
R = TypeVar("R")
Words = npt.NDArray[np.int64]
"""The state of a random source: four numbers below 2**32, not all of them 0."""

MASK = 0xFFFFFFFF
N_LOGS = 4096
SLOWER = "numba is not installed: the planning engines search some 200 times slower"

if numba is None:  # pragma: no cover -- this environment has it
    logging.getLogger(__name__).warning(SLOWER)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a loop on its first call; keep the machine code beside its source.

    A function so marked uses numbers and arrays only, so that it gives the same
    result uncompiled: where numba is missing (which is logged) or is told
    ``NUMBA_DISABLE_JIT=1``.
    """
    if numba is None:  # pragma: no cover -- this environment has it
        return function
    try:
        compiled: Callable[P, R] = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # pragma: no cover -- no folder to keep the code in
        compiled = numba.njit(nogil=True)(function)
    return compiled


def random_words(seed: int) -> Words:
    """Spread a seed over the four words of a random source (splitmix64)."""
    words = []
    at = seed & (2**64 - 1)
    for _ in range(4):
        at = (at + 0x9E3779B97F4A7C15) & (2**64 - 1)
        mixed = at
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        words.append((mixed >> 32) | 1)
    return np.array(words, np.int64)


@kernel
def draw(words: Words, below: int) -> int:
    """Give the next random number from 0 up to, not including, ``below``.

    Xorshift of 128 bits (Marsaglia 2003) in numbers that never leave 63 bits, so that
    it is the same compiled or not.
    """
    first = words[0]
    first ^= (first << 11) & MASK
    last = words[3]
    words[0] = words[1]
    words[1] = words[2]
    words[2] = last
    last = (last ^ (last >> 19)) ^ (first ^ (first >> 8))
    words[3] = last
    return int((last * below) >> 32)


def exponential_steps() -> npt.NDArray[np.float64]:
    """Tabulate the exponential distribution, for an annealer's random thresholds."""
    middles = (np.arange(N_LOGS) + 0.5) / N_LOGS
    return -np.log(middles)
