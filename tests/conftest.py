"""What tests of several apps share: settings, both databases, browser and stack."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test.utils import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.support.browser import FLAGS, find_chromium
from tests.support.flushing import let_flush_delete
from tests.support.requirements import do_without
from tests.support.stack import LiveStack

HERE = Path(__file__).parent
# Modules and folders of these names are about what a database must keep.
ON_BOTH_DATABASES = ("models", "services", "races", "constraints")
# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones, twice
# as many.
EXPLORE = hypothesis(deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.register_profile("explore", EXPLORE)
hypothesis.register_profile("house", EXPLORE, derandomize=True, max_examples=50)
hypothesis.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))
# What `make test-postgres` asks for.
ONLY_ON_POSTGRES = "postgres and not slow"
NOT_SLOW = "not slow"
# Files whose tests share one browser and one running product.
WITH_BROWSER = (
    "tests/journeys/",
    "tests/configurator/test_preview_in_browser.py",
    "tests/test_backup.py",
)
ON_ITS_OWN = "tests/journeys/test_chaos.py"
# What takes long begins early, so that no process waits for another at the end.
LONGEST_FIRST = (
    ON_ITS_OWN,
    "tests/production/test_simulation.py",
    "tests/test_permissions.py",
    "tests/production/races/",
    "tests/production/test_races.py",
)
BROWSER_FIXTURES = {"browser", "live_stack"}
# The product and the browser, from the first test that asks for them to the last.
RUNNING = ExitStack()
PAGE_SIZE = {"width": 1280, "height": 900}


def is_postgres() -> bool:
    engine: str = settings.DATABASES["default"]["ENGINE"]
    return engine.endswith("postgresql")


def pytest_configure(config: pytest.Config) -> None:
    """Give tests their own files, cache and broker; nothing outside is touched."""
    folder = Path(tempfile.mkdtemp(prefix="lotone-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.add_cleanup(RUNNING.close)
    overrides = override_settings(
        VAR_DIR=folder,
        ARTEFACT_DIR=folder / "artefacts",
        MEDIA_ROOT=folder / "media",
        # Each client would read all static files anew to serve none of them.
        STATIC_ROOT=empty_folder(folder / "static"),
        WHITENOISE_USE_FINDERS=False,
        BROKER_DIR=folder / "broker",
        CELERY_BROKER_URL="memory://",
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ALLOWED_HOSTS=["testserver", "localhost", "127.0.0.1"],
    )
    overrides.enable()
    let_flush_delete()
    let_catalogues_come_first()
    config.add_cleanup(overrides.disable)
    use_memory_broker()
    if not is_postgres():
        use_sqlite_file(folder / "test.sqlite3")


def empty_folder(path: Path) -> Path:
    path.mkdir()
    return path


def let_catalogues_come_first() -> None:
    """Publish in tests where there are no works yet; most of them need none."""
    from configurator.ports import ports
    from production.models import WorkCentre

    check = ports.publish_check

    def check_if_there_are_works(*, definition: Mapping[str, Any]) -> list[str]:
        return check(definition=definition) if WorkCentre.objects.exists() else []

    ports.publish_check = check_if_there_are_works


def use_memory_broker() -> None:
    """Publish into this process: nothing runs, and nothing waits for a broker."""
    from configurator.celery import app

    app.conf.update(broker_url="memory://", broker_transport_options={})


def use_sqlite_file(path: Path) -> None:
    """Test on a file: threads that share one in memory lock it without waiting."""
    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = str(path)
    database["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Refuse a browser test where the scheduler would not look for one."""
    if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
        assert is_with_browser(item.nodeid), f"name the file in {__file__}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Keep a file's tests, and all that share a browser, in one test process.

    A file's costly fixtures are made once then. xdist's own groups are lost with
    pytest 9.2, which no longer reads the node ids that xdist writes them into.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneBrowserScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if is_with_browser(nodeid) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return OneBrowserScheduling(config, log)


def is_with_browser(nodeid: str) -> bool:
    """Say whether a test may start Chromium or share the running product."""
    return nodeid.startswith(WITH_BROWSER) and not nodeid.startswith(ON_ITS_OWN)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark what runs on both databases, drop what this one cannot; longest first.

    Browser tests share one process and are the longest way through the suite.
    """
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        if is_about_storage(item.path) and uses_database(item):
            item.add_marker(pytest.mark.postgres)
        marker = item.get_closest_marker("postgres")
        needs_postgres = marker is not None and marker.kwargs.get("only", False)
        (dropped if needs_postgres and not is_postgres() else kept).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    kept.sort(key=lambda item: place_in_line(item.nodeid))
    items[:] = kept


def place_in_line(nodeid: str) -> int:
    """Rank browser tests first, then files known to take long, then the others."""
    if is_with_browser(nodeid):
        return -1
    names = (
        place for place, name in enumerate(LONGEST_FIRST) if nodeid.startswith(name)
    )
    return next(names, len(LONGEST_FIRST))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop product and browser after the last test that may look at them."""
    goes_on = nextitem is not None and is_with_browser(nextitem.nodeid)
    if is_with_browser(item.nodeid) and not goes_on:
        RUNNING.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not read files of which nothing is asked on the second database."""
    is_test = collection_path.name.startswith("test_")
    if not is_test or config.option.markexpr != ONLY_ON_POSTGRES:
        return None
    is_marked = "mark.postgres" in collection_path.read_text(encoding="utf-8")
    return None if is_marked or is_about_storage(collection_path) else True


def pytest_pycollect_makeitem(collector: Any, obj: object) -> list[Any] | None:
    """Make no items of what is not asked for: there are thousands of slow ones."""
    marks = getattr(obj, "pytestmark", None) or ()
    is_slow = isinstance(marks, list) and "slow" in {mark.name for mark in marks}
    return [] if is_slow and NOT_SLOW in collector.config.option.markexpr else None


def pytest_collection_finish() -> None:
    """Let the collector pass by what stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def is_about_storage(path: Path) -> bool:
    """Say whether a test file lies where both databases matter."""
    if not path.is_relative_to(HERE):
        return False
    names = path.relative_to(HERE).with_suffix("").parts
    return any(name.removeprefix("test_") in ON_BOTH_DATABASES for name in names)


def uses_database(item: pytest.Item) -> bool:
    """Say whether a test is given a database at all."""
    given = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return bool(given or item.get_closest_marker("django_db"))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Keep one test's throttle counts and cached answers from the next."""
    yield
    from django.core.cache import cache

    from configurator.selectors.releases import forget_releases
    from production.selectors.promises import forget_shop

    cache.clear()
    forget_shop()
    # A database that is rolled back gives the same ids to other releases.
    forget_releases()


@pytest.fixture(scope="session")
def live_stack(tmp_path_factory: pytest.TempPathFactory) -> LiveStack:
    """Run the product as `manage.py up` does, demo factory and real worker included."""
    return RUNNING.enter_context(LiveStack(tmp_path_factory.mktemp("stack")))


@pytest.fixture(scope="session")
def browser():
    """Start Chromium; skip, or fail where it is required, if there is none.

    It stops with the last browser test: Playwright's event loop is the thread's own
    until then, and tests of async code that come later need theirs.
    """
    chromium = find_chromium()
    if not chromium:
        do_without("BROWSER", "there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    playwright = RUNNING.enter_context(sync_playwright())
    program = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    RUNNING.callback(program.close)
    return program


@pytest.fixture
def page(browser, live_stack: LiveStack):
    """Open an empty tab on the running product.

    It fails the test afterwards if a script threw or the content policy refused
    something: neither shows in what a test looks at.
    """
    context = browser.new_context(
        base_url=live_stack.url, viewport=PAGE_SIZE, locale="en-GB"
    )
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on(
        "console",
        lambda line: (
            problems.append(line.text)
            if line.type == "error" and "Content Security Policy" in line.text
            else None
        ),
    )
    yield tab
    context.close()
    assert problems == []
