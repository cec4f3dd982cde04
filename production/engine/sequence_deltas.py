"""What a move would change, and carrying it out: swap, reflect, rotate.

A move is ``(kind, a, m, z)`` with ``a < z``: the units at ``a`` and ``z`` change
places; the stretch from ``a`` to ``z`` is turned round; or the stretch before ``m``
and the one from ``m`` on change places (an insertion where one of them is a unit).
A price is exact unless it is above ``spare``, by which a move may cost more.
"""

from production.engine.sequence_board import (
    CHANGE,
    HAS_DUES,
    HAS_LIMITS,
    LATE,
    NEVER,
    OVER_RUNS,
    PAST,
    PLACES,
    RULES,
    RUN_FROM,
    WIDEST,
    Board,
    differ,
    excess,
    inlined,
    inner,
    rebuild,
)

SWAP, REFLECT, ROTATE, NOTHING = range(4)
NARROW = 6
"""Windows up to which looking at every place is cheaper than guessing which matter."""


@inlined
def source(kind: int, a: int, m: int, z: int, t: int) -> int:
    """Give the old place of what stands at a place after a move."""
    if t < a or t > z:
        return t
    if kind == REFLECT:
        return a + z - t
    if kind == ROTATE:
        second = z - m + 1
        return t + m - a if t < a + second else t - second
    if t == a:
        return z
    return a if t == z else t


@inlined
def late_delta(b: Board, kind: int, a: int, m: int, z: int) -> int:
    """Price the change in late units."""
    late = 0
    if b.size[HAS_DUES]:
        past = b.size[PAST]
        step = z - a if kind == SWAP else 1
        for t in range(a, z + 1, step):
            late += t - past > b.due[source(kind, a, m, z, t)]
            late -= t - past > b.due[t]
    return int(late * b.price[LATE])


@inlined
def near_swap(b: Board, r: int, a: int, z: int, leaves: int) -> int:
    """Count what moving a mark over less than a window changes."""
    q = b.window[r]
    p = b.at_most[r]
    least = p if leaves else p - 1
    before = 0
    for end in range(max(a, b.first_end[r]), min(z, b.last_end[r])):
        before += b.inside[r, end] > least
    after = 0
    least = p - 1 if leaves else p
    for end in range(max(a + q, b.first_end[r]), min(z + q, b.last_end[r])):
        after += b.inside[r, end] > least
    return after - before if leaves else before - after


@inlined
def swap_colours(b: Board, a: int, z: int) -> int:
    """Price the colour changes of a swap."""
    one = b.colour[a]
    two = b.colour[z]
    if one == two:
        return 0
    before = b.colour[a - 1]
    behind = b.colour[z + 1]
    change = differ(before, two) - differ(before, one)
    change += differ(one, behind) - differ(two, behind)
    if z > a + 1:
        change += differ(two, b.colour[a + 1]) - differ(one, b.colour[a + 1])
        change += differ(b.colour[z - 1], one) - differ(b.colour[z - 1], two)
    return int(change * b.price[CHANGE])


@inlined
def swap_delta(b: Board, a: int, z: int, spare: int) -> int:
    """Price a swap; one of equal units is no move."""
    one = b.mask[a]
    both = one ^ b.mask[z]
    if both == 0 and b.colour[a] == b.colour[z] and b.due[a] == b.due[z]:
        return NEVER
    delta = swap_colours(b, a, z) + late_delta(b, SWAP, a, a, z)
    if z - a >= b.size[WIDEST]:
        return far_swap(b, one, a, z, both, delta, spare)
    r = 0
    while both:
        if both & 1:
            leaves = (one >> r) & 1
            if z - a < b.window[r]:
                change = near_swap(b, r, a, z, leaves)
            elif leaves:
                change = int(b.add[z, r]) - int(b.drop[a, r])
            else:
                change = int(b.add[a, r]) - int(b.drop[z, r])
            delta += change * b.weight[r]
        if delta > b.gate[r] + spare:
            return int(delta)
        both >>= 1
        r += 1
    return int(delta)


@inlined
def far_swap(
    b: Board, one: int, a: int, z: int, both: int, delta: int, spare: int
) -> int:
    """Price the ratio rules of a swap of units that no window holds together.

    Rules in which they do not differ are added up as well, at no price: cheaper than
    a guess by the processor which ones they are.
    """
    for r in range(b.size[RULES]):
        leaves = -((one >> r) & 1)
        differs = -((both >> r) & 1)
        out = b.add[z, r] - b.drop[a, r]
        back = b.add[a, r] - b.drop[z, r]
        delta += (((out & leaves) | (back & ~leaves)) & differs) * b.weight[r]
        if delta > b.gate[r] + spare:
            break
    return int(delta)


@inlined
def reflect_delta(b: Board, a: int, z: int, spare: int) -> int:
    """Price a reflection: only the windows over its two ends change."""
    first = b.colour[a]
    last = b.colour[z]
    before = b.colour[a - 1]
    behind = b.colour[z + 1]
    change = differ(before, last) - differ(before, first)
    change += differ(first, behind) - differ(last, behind)
    delta = change * b.price[CHANGE] + late_delta(b, REFLECT, a, a, z)
    for r in range(b.size[RULES]):
        delta += reflect_rule(b, r, a, z) * b.weight[r]
        if delta > b.gate[r] + spare:
            return int(delta)
    return int(delta)


@inlined
def reflect_rule(b: Board, r: int, a: int, z: int) -> int:
    """Count what a reflection changes for one rule."""
    q = b.window[r]
    p = b.at_most[r]
    first = b.first_end[r]
    last = b.last_end[r]
    is_narrow = q <= NARROW
    more = 0
    change = 0
    for step in range(min(q, z - a + 1) - 1):
        more += b.mark[r, z - step] - b.mark[r, a + step]
        if more or is_narrow:
            end = a + step
            count = b.inside[r, end]
            gained = max(count + more, p) - max(count, p)
            change += gained if end >= first else 0
            end = z + q - 1 - step
            count = b.inside[r, end]
            gained = max(count - more, p) - max(count, p)
            change += gained if end < last else 0
    return change


@inlined
def rotate_delta(b: Board, a: int, m: int, z: int, spare: int) -> int:
    """Price a rotation: only the windows over its three joints change."""
    change = differ(b.colour[a - 1], b.colour[m]) - differ(b.colour[a - 1], b.colour[a])
    change += differ(b.colour[z], b.colour[a]) - differ(b.colour[m - 1], b.colour[m])
    change += differ(b.colour[m - 1], b.colour[z + 1])
    change -= differ(b.colour[z], b.colour[z + 1])
    delta = change * b.price[CHANGE] + late_delta(b, ROTATE, a, m, z)
    for r in range(b.size[RULES]):
        if (m == a + 1 or m == z) and z - a >= b.window[r]:
            change = insert_rule(b, r, a, z, m == a + 1)
        else:
            change = joints_after(b, r, a, m, z) - joints_before(b, r, a, m, z)
        delta += change * b.weight[r]
        if delta > b.gate[r] + spare:
            return int(delta)
    return int(delta)


@inlined
def insert_rule(b: Board, r: int, a: int, z: int, goes_on: int) -> int:
    """Count what an insertion over a window or more changes for one rule.

    The windows between its ends only move by one place: all but one are there again.
    """
    q = b.window[r]
    p = b.at_most[r]
    mark = b.mark[r, a if goes_on else z]
    change = 0
    for end in range(max(a, b.first_end[r]), a + q - 1):
        count = b.inside[r, end]
        # The window gives up one of its marks and gains another.
        step = b.mark[r, end + 1] - mark if goes_on else mark - b.mark[r, end]
        change += excess(count + step, p) - excess(count, p)
    for end in range(z + 1, min(z + q, b.last_end[r])):
        count = b.inside[r, end]
        begin = end - q + 1
        step = mark - b.mark[r, begin] if goes_on else b.mark[r, begin - 1] - mark
        change += excess(count + step, p) - excess(count, p)
    if goes_on:
        new = b.inside[r, z] - b.mark[r, z - q + 1] + mark
        return change + excess(new, p) - excess(b.inside[r, a + q - 1], p)
    new = b.inside[r, a + q - 1] - b.mark[r, a + q - 1] + mark
    return change + excess(new, p) - excess(b.inside[r, z], p)


@inlined
def joints_before(b: Board, r: int, a: int, m: int, z: int) -> int:
    """Count what the windows over the joints break before a rotation."""
    over = 0
    done = a
    for joint in range(3):
        at = a if joint == 0 else (m if joint == 1 else z + 1)
        stop = at + b.window[r] - 1
        for end in range(max(at, done, b.first_end[r]), min(stop, b.last_end[r])):
            over += excess(b.inside[r, end], b.at_most[r])
        done = stop
    return over


@inlined
def joints_after(b: Board, r: int, a: int, m: int, z: int) -> int:
    """Count what the windows over the joints break after a rotation."""
    q = b.window[r]
    p = b.at_most[r]
    over = 0
    done = -1
    inside = 0
    for joint in range(3):
        at = a if joint == 0 else (a + z + 1 - m if joint == 1 else z + 1)
        if done < at:
            # The window before a joint lies inside one stretch: it has only moved.
            inside = int(
                b.inside[r, a - 1 if joint == 0 else (z if joint == 1 else m - 1)]
            )
            done = at
        stop = at + q - 1
        for end in range(done, stop):
            inside += b.mark[r, source(ROTATE, a, m, z, end)]
            if end >= q:
                inside -= b.mark[r, source(ROTATE, a, m, z, end - q)]
            if b.first_end[r] <= end < b.last_end[r]:
                over += excess(inside, p)
        done = stop
    return over


@inner
def is_over(b: Board, kind: int, a: int, m: int, z: int, t: int) -> bool:
    """Say whether the run through a place would be too long after a move."""
    colour = b.colour[source(kind, a, m, z, t)]
    limit = b.limit[colour]
    run = 1
    at = t - 1
    while run <= limit and at >= b.size[RUN_FROM]:
        if b.colour[source(kind, a, m, z, at)] != colour:
            break
        run += 1
        at -= 1
    at = t + 1
    while run <= limit and at < b.size[PLACES]:
        if b.colour[source(kind, a, m, z, at)] != colour:
            break
        run += 1
        at += 1
    return bool(run > limit)


@inner
def count_over(b: Board, kind: int, a: int, m: int, z: int, low: int, high: int) -> int:
    """Count the units above a run from low to high after a move."""
    over = 0
    run = 0
    before = -2
    for t in range(low, high + 1):
        now = b.colour[source(kind, a, m, z, t)]
        run = run + 1 if now == before and t != b.size[RUN_FROM] else 1
        before = now
        if t >= b.size[PAST] and run > b.limit[now]:
            over += 1
    return over


@inner
def over_delta(b: Board, kind: int, a: int, m: int, z: int) -> int:
    """Count the change in units above a run; 1 stands for any where there were none."""
    if b.size[HAS_LIMITS] == 0 or (kind == SWAP and b.colour[a] == b.colour[z]):
        return 0
    if b.figures[OVER_RUNS] == 0:
        joint = a + z + 1 - m
        if is_over(b, kind, a, m, z, a) or is_over(b, kind, a, m, z, z):
            return 1
        return 1 if kind == ROTATE and is_over(b, kind, a, m, z, joint) else 0
    low = a - 1
    while low > 0 and b.colour[low - 1] == b.colour[low]:
        low -= 1
    high = min(z + 1, b.size[PLACES] - 1)
    while high + 1 < b.size[PLACES] and b.colour[high + 1] == b.colour[high]:
        high += 1
    before = count_over(b, SWAP, -1, -1, -1, low, high)
    return count_over(b, kind, a, m, z, low, high) - before


@inner
def move_mark(b: Board, r: int, t: int, step: int) -> None:
    """Set (1) or take away (-1) a mark, and renew the tables of its rule."""
    q = b.window[r]
    b.mark[r, t] += step
    edge = b.at_most[r] if step < 0 else b.at_most[r] - 1
    full = 0
    over = 0
    for end in range(t, t + q):
        old = b.inside[r, end]
        b.inside[r, end] = old + step
        if b.first_end[r] <= end < b.last_end[r]:
            full += step if old == edge else 0
            over += step if old == edge + 1 else 0
        if end >= q - 1:
            b.add[end - q + 1, r] += full
            b.drop[end - q + 1, r] += over
    for end in range(t, min(t + q, b.size[PLACES]) - 1):
        if b.first_end[r] <= end < b.last_end[r]:
            old = b.inside[r, end] - step
            full -= step if old == edge else 0
            over -= step if old == edge + 1 else 0
        b.add[end + 1, r] += full
        b.drop[end + 1, r] += over


@inner
def swap(b: Board, a: int, z: int) -> None:
    """Carry out a swap."""
    one = b.mask[a]
    two = b.mask[z]
    both = one ^ two
    r = 0
    while both:
        if both & 1:
            move_mark(b, r, a if (one >> r) & 1 else z, -1)
            move_mark(b, r, z if (one >> r) & 1 else a, 1)
        both >>= 1
        r += 1
    b.unit[a], b.unit[z] = b.unit[z], b.unit[a]
    b.colour[a], b.colour[z] = b.colour[z], b.colour[a]
    b.due[a], b.due[z] = b.due[z], b.due[a]
    b.mask[a], b.mask[z] = two, one
    b.where[b.unit[a]] = a
    b.where[b.unit[z]] = z


@inner
def reflect(b: Board, low: int, high: int) -> None:
    """Turn round the units from low to high, tables aside."""
    while low < high:
        b.unit[low], b.unit[high] = b.unit[high], b.unit[low]
        low += 1
        high -= 1


@inner
def carry_out(b: Board, kind: int, a: int, m: int, z: int) -> None:
    """Carry out a move and renew the tables."""
    if kind == SWAP:
        swap(b, a, z)
        return
    if kind == ROTATE:
        reflect(b, a, m - 1)
        reflect(b, m, z)
    reflect(b, a, z)
    rebuild(b, a, z)
