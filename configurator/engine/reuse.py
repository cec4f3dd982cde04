"""A release that differs from a compiled one in amounts only needs no new diagram."""

from dataclasses import replace

from configurator.engine.compiled import Compiled
from configurator.engine.encoding import Encoding, encode
from configurator.engine.model import Definition
from configurator.engine.weights import check_tables, price_groups, with_prices


def compiled_like(definition: Definition, like: Compiled) -> Compiled | None:
    """Compile a release by taking over another one's diagram, where that is right.

    Parameters
    ----------
    definition
        The release.
    like
        Another one, compiled.

    Returns
    -------
    Compiled | None
        None unless both have the same variables and ties: the same characteristics,
        options, rules and quantities, and prices that look at the same choices. What
        prices amount to, names, materials and the like do not matter. A surcharge
        that newly depends on several characteristics at once does: it is a variable.

    Raises
    ------
    DefinitionError
        As `compile_definition` does for prices.
    """
    base = encode(definition)
    groups = price_groups(base)
    if _ties(with_prices(base, groups)) != _ties(_encoding(like.definition)):
        return None
    check_tables(base, groups)
    level = {variable: at for at, variable in enumerate(like.order)}
    return replace(
        like,
        definition=definition,
        groups=tuple(
            replace(group, variables=tuple(level[at] for at in group.variables))
            for group in groups
        ),
        figures=replace(like.figures, compile_cpu_s=0.0),
        opening=None,
        kept={},
    )


def _encoding(definition: Definition) -> Encoding:
    base = encode(definition)
    return with_prices(base, price_groups(base))


def _ties(encoding: Encoding) -> object:
    return encoding.variables, encoding.constraints, encoding.relations
