"""Life cycles and closed vocabularies of the catalogue."""

from collections.abc import Mapping

from django.db.models import CheckConstraint, Q, TextChoices
from django.utils.translation import gettext_lazy as _


def is_one_of(field: str, states: type[TextChoices], *, name: str) -> CheckConstraint:
    """Let the database itself refuse a state that the life cycle does not know."""
    return CheckConstraint(condition=Q(**{f"{field}__in": states.values}), name=name)


class MoveTable(dict[str, frozenset[str]]):
    """The states that may follow each state of a life cycle.

    ``verbs`` are the words by which the API, or a page where it has none, is asked
    for a move: they are what an error lists as legal.
    """

    verbs: Mapping[str, str]

    def __init__(self, table: Mapping[str, frozenset[str]]) -> None:
        super().__init__(table)
        self.verbs = {}

    def asked_by(self, **verbs: str) -> "MoveTable":
        """Name the verbs that a thing accepts in each state, parted by blanks."""
        self.verbs = verbs
        return self

    def legal(self, *states: str, but: str = "") -> list[str]:
        """Give the verbs that are accepted in any of the states, sorted."""
        words = {word for state in states for word in self.verbs.get(state, "").split()}
        return sorted(words - {but})


class ReleaseState(TextChoices):
    DRAFT = "DRAFT", _("draft")
    VALIDATED = "VALIDATED", _("validated")
    SCHEDULED = "SCHEDULED", _("scheduled")
    ACTIVE = "ACTIVE", _("active")
    SUSPENDED = "SUSPENDED", _("suspended")
    SUPERSEDED = "SUPERSEDED", _("superseded")
    RETIRED = "RETIRED", _("retired")


RELEASE_MOVES = MoveTable(
    {
        ReleaseState.DRAFT: frozenset({ReleaseState.VALIDATED}),
        ReleaseState.VALIDATED: frozenset(
            {ReleaseState.DRAFT, ReleaseState.SCHEDULED, ReleaseState.ACTIVE}
        ),
        ReleaseState.SCHEDULED: frozenset({ReleaseState.DRAFT, ReleaseState.ACTIVE}),
        ReleaseState.ACTIVE: frozenset(
            {ReleaseState.SUSPENDED, ReleaseState.SUPERSEDED, ReleaseState.RETIRED}
        ),
        ReleaseState.SUSPENDED: frozenset(
            {ReleaseState.ACTIVE, ReleaseState.SUPERSEDED, ReleaseState.RETIRED}
        ),
        ReleaseState.SUPERSEDED: frozenset({ReleaseState.RETIRED}),
        ReleaseState.RETIRED: frozenset(),
    }
).asked_by(
    DRAFT="publish validate",
    VALIDATED="publish reopen validate",
    SCHEDULED="publish reopen",
    ACTIVE="suspend",
    SUSPENDED="resume",
)


class ExaminationState(TextChoices):
    """How far a worker is with examining a release, or publishing it."""

    NONE = "NONE", _("never asked for")
    WAITING = "WAITING", _("waiting for a worker")
    RUNNING = "RUNNING", _("running")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("failed")


EXAMINATION_MOVES = MoveTable(
    {
        ExaminationState.NONE: frozenset({ExaminationState.WAITING}),
        ExaminationState.WAITING: frozenset({ExaminationState.RUNNING}),
        # A worker that died leaves it running: the next one takes it over.
        ExaminationState.RUNNING: frozenset(
            {ExaminationState.RUNNING, ExaminationState.DONE, ExaminationState.FAILED}
        ),
        # What was found is void once the release is a draft again.
        ExaminationState.DONE: frozenset(
            {ExaminationState.WAITING, ExaminationState.NONE}
        ),
        ExaminationState.FAILED: frozenset(
            {ExaminationState.WAITING, ExaminationState.NONE}
        ),
    }
)

# Every life cycle of this app by name: tests and the API's "legal moves" read it.
MOVES = {"release": RELEASE_MOVES, "examination": EXAMINATION_MOVES}


class ExaminationGoal(TextChoices):
    VALIDATE = "VALIDATE", _("examine only")
    PUBLISH = "PUBLISH", _("examine and publish")


EDITABLE_RELEASE_STATES = frozenset({ReleaseState.DRAFT})
PUBLISHED_RELEASE_STATES = frozenset(
    {
        ReleaseState.SCHEDULED,
        ReleaseState.ACTIVE,
        ReleaseState.SUSPENDED,
        ReleaseState.SUPERSEDED,
        ReleaseState.RETIRED,
    }
)


class ProductKind(TextChoices):
    CONFIGURABLE = "CONFIGURABLE", _("configurable")
    BESPOKE = "BESPOKE", _("bespoke")
    STANDARD = "STANDARD", _("standard")


class CharacteristicKind(TextChoices):
    CHOICE = "CHOICE", _("one of several")
    MULTI = "MULTI", _("several")
    NUMBER = "NUMBER", _("number")
    TEXT = "TEXT", _("text")
    FILE = "FILE", _("file")


class PriceBasis(TextChoices):
    UNIT = "UNIT", _("per sold unit")
    PIECE = "PIECE", _("per piece")
    ORDER = "ORDER", _("once per order line")
    CHARACTER = "CHARACTER", _("per character")
    AREA = "AREA", _("per square metre")


class MaterialBasis(TextChoices):
    PIECE = "PIECE", _("per piece")
    UNIT = "UNIT", _("per sold unit")
    ORDER = "ORDER", _("once per work order")
    AREA = "AREA", _("per square metre")


class StepKind(TextChoices):
    MAKE = "MAKE", _("make")
    INSPECT = "INSPECT", _("inspect")
    DELAY = "DELAY", _("wait")
    OUTSIDE = "OUTSIDE", _("outside supplier")
    APPROVAL = "APPROVAL", _("customer's approval")


class TimeBasis(TextChoices):
    UNIT = "UNIT", _("per piece")
    LOAD = "LOAD", _("per load")
    SHEET = "SHEET", _("per sheet")
    FIXED = "FIXED", _("once")
    DELAY = "DELAY", _("delay without a person")


class Scope(TextChoices):
    """What an API key may do."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    ORDERS_IMPORT = "orders:import"
    PRODUCTION_READ = "production:read"
    PRODUCTION_WRITE = "production:write"
