"""Plain loops that look for rules which contradict one another.

They run as they are and compiled, as those of `loops` do. `rules` is
`fault.RuleTapes`: a folded diagram for each rule, over the levels that it looks at.
`alive` says of each value by 1 or 0 whether it may still be had; `killer` which rule
took it, or -1; `killed` the how many-th it was, 0 for what was gone from the start.

Nothing here comes from another module: what numba keeps on disk of compiled loops goes
by the file that they stand in, and must not outlive a change.
"""

from typing import Any

HEAD = 5

FEW, MOST_TRIES = 12, 200
"""So many rules `blame` thins out, and so many values it tries for that."""
LOOPS = (
    *("mark", "revise", "wake", "propagate", "trace", "branching"),
    *("search", "settle", "choose", "blame"),
)
"""What `kernels` compiles."""


def mark(tape: Any, can: Any, used: Any) -> int:
    """Mark what can be had of one rule, and what some product has.

    Parameters
    ----------
    tape
        The rule's folded diagram.
    can
        1 or 0 for its values; filled beyond them, one number per symbol.
    used
        Filled with 1 and 0, one number per symbol.

    Returns
    -------
    int
        1 if there is a product.
    """
    n_values, n_choices, n_edges = tape[0] + 0, tape[2] + 0, tape[3] + 0
    at = HEAD + tape[1] + 1
    first = tape[at : at + n_choices + 1]
    ones = tape[at + n_choices + 1 : at + n_choices + 1 + n_edges]
    others = tape[at + n_choices + 1 + n_edges :]
    can[n_values] = 1
    for choice in range(n_choices):
        found = 0
        for edge in range(first[choice] + 0, first[choice + 1] + 0):
            found |= can[ones[edge]] & can[others[edge]]
        can[n_values + 1 + choice] = found
    for symbol in range(n_values + 1 + n_choices):
        used[symbol] = 0
    used[tape[4]] = can[tape[4]]
    for choice in range(n_choices - 1, -1, -1):
        if used[n_values + 1 + choice] == 0:
            continue
        for edge in range(first[choice] + 0, first[choice + 1] + 0):
            one, other = ones[edge], others[edge]
            if can[one] & can[other] == 1:
                used[one] = used[other] = 1
    return can[tape[4]]  # type: ignore[no-any-return]


def revise(rules: Any, rule: int, alive: Any, killer: Any, killed: Any) -> int:
    """Take the values that one rule does not leave.

    Returns
    -------
    int
        Values taken; -1 where the rule leaves none.
    """
    tapes, tape_at, scope_at, scope, starts, _, _ = rules
    tape = tapes[tape_at[rule] : tape_at[rule + 1]]
    n_levels = tape[1] + 0
    can, used = room(tape[0] + 1 + tape[2]), room(tape[0] + 1 + tape[2])
    for at in range(n_levels):
        value = starts[scope[scope_at[rule] + at]]
        for local in range(tape[HEAD + at] + 0, tape[HEAD + at + 1] + 0):
            can[local] = alive[value]
            value += 1
    if mark(tape, can, used) == 0:
        return -1
    n_taken = 0
    for at in range(n_levels):
        value = starts[scope[scope_at[rule] + at]]
        for local in range(tape[HEAD + at] + 0, tape[HEAD + at + 1] + 0):
            if alive[value] == 1 and used[local] == 0:
                alive[value] = 0
                killer[value] = rule
                n_taken += 1
                killed[0] += 1
                killed[value + 1] = killed[0]
            value += 1
    return n_taken


def wake(rules: Any, level: int, enabled: Any, queue: Any) -> None:
    """Let the rules about a level wait; `queue` begins with its two ends."""
    _, _, _, _, _, rules_at, rules_of = rules
    n = len(enabled)
    for at in range(rules_at[level], rules_at[level + 1]):
        rule = rules_of[at]
        if enabled[rule] == 1 and queue[2 + n + rule] == 0:
            queue[2 + n + rule] = 1
            queue[2 + queue[1] % n] = rule
            queue[1] += 1


def propagate(
    rules: Any, alive: Any, killer: Any, killed: Any, enabled: Any, queue: Any
) -> int:
    """Look at waiting rules until none takes a value.

    Returns
    -------
    int
        The rule that leaves nothing, or -1.
    """
    _, _, scope_at, scope, starts, _, _ = rules
    n = len(enabled)
    while queue[0] < queue[1]:
        rule: int = queue[2 + queue[0] % n]
        queue[0] += 1
        queue[2 + n + rule] = 0
        before = killed[0]
        n_taken = revise(rules, rule, alive, killer, killed)
        if n_taken < 0:
            return rule
        if n_taken > 0:
            for at in range(scope_at[rule], scope_at[rule + 1]):
                level = scope[at]
                for value in range(starts[level], starts[level + 1]):
                    if killed[value + 1] > before:
                        wake(rules, level, enabled, queue)
                        break
    return -1


def trace(rules: Any, last: int, killer: Any, killed: Any, needed: Any) -> None:
    """Mark the rules that a contradiction rests on, from the one that found it."""
    _, _, scope_at, scope, starts, _, _ = rules
    n_values = len(killer)
    seen, waiting = room(n_values), room(n_values)
    for value in range(n_values):
        seen[value] = 0
    n_waiting, rule, before = 0, last, killed[0] + 1
    while True:
        needed[rule] = 1
        for at in range(scope_at[rule], scope_at[rule + 1]):
            for value in range(starts[scope[at]], starts[scope[at] + 1]):
                when = killed[value + 1]
                if 0 < when < before and seen[value] == 0:
                    seen[value] = 1
                    waiting[n_waiting] = value
                    n_waiting += 1
        if n_waiting == 0:
            return
        n_waiting -= 1
        rule = killer[waiting[n_waiting]]
        before = killed[waiting[n_waiting] + 1]


def branching(rules: Any, alive: Any, enabled: Any) -> int:
    """Return a level that several rules look at and that is not decided, or -1."""
    _, _, scope_at, scope, starts, rules_at, rules_of = rules
    for rule in range(len(enabled)):
        if enabled[rule] == 0:
            continue
        for at in range(scope_at[rule], scope_at[rule + 1]):
            level = scope[at]
            n_left = n_rules = 0
            for value in range(starts[level], starts[level + 1]):
                n_left += alive[value]
            if n_left < 2:
                continue
            for each in range(rules_at[level], rules_at[level + 1]):
                n_rules += enabled[rules_of[each]]
            if n_rules > 1:
                return level  # type: ignore[no-any-return]
    return -1


def search(
    rules: Any, alive: Any, killer: Any, killed: Any, enabled: Any, queue: Any
) -> int:
    """Say whether the enabled rules leave a product, once each is satisfied alone.

    Returns
    -------
    int
        1 or 0; -1 where too many values were tried.
    """
    _, _, _, _, starts, _, _ = rules
    if propagate(rules, alive, killer, killed, enabled, queue) >= 0:
        return 0
    level = branching(rules, alive, enabled)
    if level < 0:
        return 1
    start, end = starts[level], starts[level + 1]
    trial, room_left = alive.copy(), len(enabled)
    for chosen in range(start, end):
        if alive[chosen] == 0:
            continue
        if killed[len(killed) - 1] >= MOST_TRIES:
            return -1
        killed[len(killed) - 1] += 1
        for value in range(len(alive)):
            trial[value] = alive[value]
        for value in range(start, end):
            trial[value] = 1 if value == chosen else 0
        queue[0] = queue[1] = 0
        for at in range(2, 2 + 2 * room_left):
            queue[at] = 0
        wake(rules, level, enabled, queue)
        found = search(rules, trial, killer, killed, enabled, queue)
        if found != 0:
            return found
    return 0


def blame(rules: Any, base: Any, start: Any, named: Any, needed: Any) -> int:
    """Mark rules that contradict what is left at the start, none of them needless.

    Parameters
    ----------
    rules
        As above.
    base
        What `settle` found: `alive`, `killer`, `killed` before any choice.
    start
        1 for the values that choices leave.
    named
        1 for the rules that may be left out; all others are kept.
    needed
        Filled with 1 and 0.

    Returns
    -------
    int
        1; 2 where some of the rules may be needless; 0 where looking at rules one by
        one shows no contradiction.
    """
    n_rules = len(named)
    alive, killer, killed = base[0].copy(), base[1].copy(), base[2].copy()
    enabled, queue = room(n_rules), room(2 + 2 * n_rules)
    for rule in range(n_rules):
        enabled[rule] = 1
        needed[rule] = 0
    for at in range(len(queue)):
        queue[at] = 0
    choose(rules, start, alive, killed, enabled, queue)
    last = propagate(rules, alive, killer, killed, enabled, queue)
    if last < 0:
        return 0
    trace(rules, last, killer, killed, needed)
    n_needed = 0
    for rule in range(n_rules):
        enabled[rule] = 1 if needed[rule] == 1 or named[rule] == 0 else 0
        n_needed += needed[rule]
    if n_needed > FEW:
        return 2
    for rule in range(n_rules):
        if needed[rule] == 1 and named[rule] == 1:
            enabled[rule] = 0
            for value in range(len(start)):
                alive[value] = start[value]
            killed[len(killed) - 1] = 0
            found = settle(rules, alive, killer, killed, enabled, queue)
            if found < 0:
                return 2
            needed[rule] = enabled[rule] = found
    return 1


def choose(
    rules: Any, start: Any, alive: Any, killed: Any, enabled: Any, queue: Any
) -> None:
    """Take what choices do not leave, and wake the rules about it."""
    starts = rules[4]
    for level in range(len(starts) - 1):
        n_taken = 0
        for value in range(starts[level], starts[level + 1]):
            if start[value] == 0:
                n_taken += alive[value]
                alive[value] = killed[value + 1] = 0
        if n_taken > 0:
            wake(rules, level, enabled, queue)


def settle(
    rules: Any, alive: Any, killer: Any, killed: Any, enabled: Any, queue: Any
) -> int:
    """Look at all enabled rules; return what `search` does."""
    n_rules = len(enabled)
    queue[0] = queue[1] = 0
    for rule in range(n_rules):
        queue[2 + n_rules + rule] = enabled[rule]
        if enabled[rule] == 1:
            queue[2 + queue[1]] = rule
            queue[1] += 1
    return search(rules, alive, killer, killed, enabled, queue)


def room(n: int) -> Any:
    """Return room for some numbers."""
    return [0] * n
