"""Cut whole numbers into parts that add up exactly."""

from collections.abc import Sequence

WHOLE_BP = 10_000


class SplitError(ValueError):
    """Raised when a quantity cannot be split as asked."""


def split_exactly(total: int, weights: Sequence[int]) -> list[int]:
    """Share a total in proportion to weights, by largest remainder.

    Parameters
    ----------
    total
        What is shared, in any whole unit; may be negative (a correction).
    weights
        One declared weight for each share, each at least 0. If all are 0 the
        total is shared evenly.

    Returns
    -------
    list[int]
        One share for each weight, in the same order; their sum is ``total``. Equal
        remainders favour the earlier place. ``O(n log n)``.

    Raises
    ------
    SplitError
        If a weight is negative, or there is nobody to share a total with.

    Notes
    -----
    Source: the method of Hamilton (largest remainder), in integers throughout.
    """
    if any(weight < 0 for weight in weights):
        raise SplitError(f"weights must be at least 0, got {min(weights)}")
    if not weights:
        if total:
            raise SplitError(f"{total} cannot be shared among nobody")
        return []
    if total < 0:
        return [-share for share in split_exactly(-total, weights)]
    parts = weights if any(weights) else [1] * len(weights)
    whole = sum(parts)
    shares = [total * part // whole for part in parts]
    left = total - sum(shares)
    by_remainder = sorted(
        range(len(parts)), key=lambda place: (-(total * parts[place] % whole), place)
    )
    for place in by_remainder[:left]:
        shares[place] += 1
    return shares


def cut_into_lots(quantity: int, largest: int | None) -> list[int]:
    """Cut a quantity into the fewest lots, as even as possible.

    Parameters
    ----------
    quantity
        Pieces, at least 0.
    largest
        Largest lot in pieces, at least 1; ``None`` means never cut.

    Returns
    -------
    list[int]
        Lot sizes, the larger ones first, differing by at most 1; empty for 0.

    Raises
    ------
    SplitError
        If the quantity is negative or the largest lot below 1.
    """
    if quantity < 0:
        raise SplitError(f"quantity must be at least 0 pieces, got {quantity}")
    if largest is not None and largest < 1:
        raise SplitError(f"largest lot must be at least 1 piece, got {largest}")
    if quantity == 0:
        return []
    if largest is None:
        return [quantity]
    n_lots = -(-quantity // largest)
    return split_exactly(quantity, [1] * n_lots)


def planned_quantity(ordered: int, yield_bp: int | None) -> int:
    """Say how many pieces must be begun so that enough of them turn out good.

    Parameters
    ----------
    ordered
        Good pieces wanted, at least 0.
    yield_bp
        First-pass yield in basis points, 1 to 10,000; ``None`` means all are good.

    Returns
    -------
    int
        ``ordered`` divided by the yield, rounded up.

    Raises
    ------
    SplitError
        If the quantity is negative or the yield out of range.
    """
    if ordered < 0:
        raise SplitError(f"ordered quantity must be at least 0, got {ordered}")
    share_bp = WHOLE_BP if yield_bp is None else yield_bp
    if not 1 <= share_bp <= WHOLE_BP:
        raise SplitError(f"yield must be 1 to {WHOLE_BP} bp, got {share_bp}")
    return -(-ordered * WHOLE_BP // share_bp)
