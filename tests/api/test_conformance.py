"""Every operation of the schema, with what its schema allows and with what it forbids.

A guest and a key send a few invented things to invented addresses; a session of staff
sends more, each limit of the schema among them, to things that exist.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.call import Call
from tests.api.calls import API_CALLS, new_key
from tests.api.principals import sign_in
from tests.api.routes import API, PART, list_methods, walk
from tests.api.world import SCOPES, World
from tests.factories.access import make_api_key, make_user

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
N_EXAMPLES = 2
# A body with many fields has hundreds of limits: of those beyond the first fifteen each
# fourth is tried, all of them with `HYPOTHESIS_PROFILE=explore`.
AT_LENGTH, EACH = 15, 4
TAKES_ALL = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
CSRF = "t" * 32
handler = get_wsgi_application()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer a call, and forget that it was made."""
    with transaction.atomic():
        try:
            return [b"".join(handler(environ, start_response))]
        finally:
            transaction.set_rollback(True)
            cache.clear()


def load_schema(document: dict[str, Any], *, is_thorough: bool) -> Any:
    """Read the schema; a thorough one also tries every limit that it states."""
    config = SchemathesisConfig(seed=1)
    project = config.projects.default
    project.generation = GenerationConfig(
        deterministic=True, with_security_parameters=False
    )
    project.phases.coverage.enabled = is_thorough
    project.phases.coverage.unexpected_methods = set()
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = app
    return schema


# These take the same bodies as another of their kind, which is tried at length.
ALIKE = (
    r"/operations/\{operation_id\}"
    r"/(start|pause|resume|block|unblock|rework|reject|inspect|scrap|undo)/"
    r"|/batches/\{number\}/(freeze|unfreeze|release|start|abort|dissolve)/"
    r"|/work-orders/\{number\}/(resume|remake|cancel)/"
    r"|/lines/.*/(advance|reinsert|remove)/|/lots/\{code\}/(release|dispose|recall)/"
    r"|/quotations/\{number\}/decline/|/orders/\{number\}/deliver/"
    r"|/devices/\{device_id\}/revoke/"
)


class Callers:
    """Send a case as somebody, to the address it has or to one that exists."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.n_tried: Counter[tuple[str, str]] = Counter()
        staff = make_user("staff")
        staff.groups.set(Group.objects.all())
        _key, text = make_api_key(*SCOPES, user=staff)
        cookies = {"sessionid": sign_in(staff), "csrftoken": CSRF}
        self.credentials: dict[str, dict[str, Any]] = {
            "guest": {},
            "staff": {"cookies": cookies, "headers": {"X-CSRFToken": CSRF}},
            "key": {"headers": {"Authorization": f"Api-Key {text}"}},
        }

    def passes_over(self, case: Any) -> bool:
        """Say whether to leave out a limit, of the many of one operation."""
        if case.meta.phase.name != TestPhase.COVERAGE:
            return False
        operation = (case.method, case.path)
        self.n_tried[operation] += 1
        beyond = self.n_tried[operation] - AT_LENGTH
        return beyond > 0 and beyond % EACH != 0 and not TAKES_ALL

    def check(self, case: Any, caller: str) -> int:
        """Make the call; what the schema does not name fails here."""
        response = case.call_and_validate(checks=CHECKS, **self.credentials[caller])
        status: int = response.status_code
        return status


@pytest.fixture(scope="module")
def callers(world, django_db_blocker) -> Iterator[Callers]:
    """Let requests keep the connection: the world lives in its transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock():
        yield Callers(world)
    for signal in signals:
        signal.connect(close_old_connections)


def path_of(route: str) -> str:
    """Write a route as the schema does."""
    return "/" + PART.sub(lambda found: f"{{{found['name']}}}", route)


CALL_OF = {
    (method, path_of(route)): call
    for name, call in API_CALLS.items()
    for method, route in [name.split(" ", 1)]
}
OPERATIONS = [
    (method, path_of(route))
    for route, pattern in walk()
    if route.startswith(API)
    for method in list_methods(pattern)
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Write the schema where it is asked for, not in each process that collects."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@pytest.fixture(scope="module")
def brief(document):
    return load_schema(document, is_thorough=False)


@pytest.fixture(scope="module")
def thorough(document):
    return load_schema(document, is_thorough=True)


def send_all(operation: Any, send: Callable[[Any], object]) -> None:
    """Send each case of an operation.

    They are thought out here: `parametrize` of a schema does it while tests are
    collected, in each process anew.
    """

    @hypothesis.settings(max_examples=N_EXAMPLES)
    def send_one(case: Any) -> None:
        send(case)

    config = operation.schema.config
    modes = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.FUZZING]
    if config.phases.coverage.enabled:
        modes.append(HypothesisTestMode.COVERAGE)
    made = HypothesisTestConfig(project=config, modes=modes)
    create_test(operation=operation, test_func=send_one, config=made)()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_guest_gets_answers_that_the_schema_names(brief, callers, method, path):
    send_all(brief[path][method], lambda case: callers.check(case, "guest"))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_key_gets_answers_that_the_schema_names(brief, callers, method, path):
    def check(case: Any) -> None:
        assert callers.check(case, "key") != 401

    send_all(brief[path][method], check)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_session_gets_answers_that_the_schema_names(request, callers, method, path):
    schema = request.getfixturevalue("brief" if re.search(ALIKE, path) else "thorough")
    send_all(schema[path][method], lambda case: check_on_what_exists(case, callers))


def check_on_what_exists(case: Any, callers: Callers) -> None:
    if callers.passes_over(case):
        return
    call = CALL_OF.get((case.method, case.path))
    if call is not None:
        case.path_parameters = dict(call.args(callers.world))

    assert callers.check(case, "staff") != 401


def test_every_call_of_the_api_is_in_the_schema(document):
    told = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if path.startswith(f"/{API}")
    }

    assert told == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_call_that_succeeds_is_answered_as_the_schema_says(
    callers, brief, method, path
):
    call = CALL_OF.get((method, path), Call())
    body = dict(call.body_for(callers.world))
    if "file" in body:
        body["file"] = body["file"].read()
    options: dict[str, Any] = {}
    if method in ("POST", "PATCH"):
        media_type = "multipart/form-data" if "file" in body else "application/json"
        options = {"body": body, "media_type": media_type}
    case = brief[path][method].Case(
        path_parameters=dict(call.args(callers.world)),
        headers={
            "Idempotency-Key": new_key(),
            "Design-Token": callers.world.design_secret,
        },
        **options,
    )

    status = callers.check(case, "staff")

    assert 200 <= status < 300
