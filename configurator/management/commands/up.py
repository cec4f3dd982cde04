"""Run everything here: broker, web, live, worker, planner, searcher, beat."""

import errno
import os
import socket
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from configurator.management.broker import Broker, choose_broker
from configurator.management.supervisor import (
    Child,
    FolderInUseError,
    Supervisor,
    claim_folder,
)
from configurator.selectors.health import (
    find_migrations,
    list_lost_migrations,
    list_unknown_migrations,
)

REFUSED = 2
INTERRUPTED = 130
REST_STARTS_AFTER_S = 20.0
DEMO_ACCOUNTS = "production.selectors.demo"
# Said by three workers, in eight lines each, it would hide the address and the logins.
ROOT_IS_KNOWN = "ignore:You're running the worker with superuser privileges"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare",
            action="store_true",
            help="migrate first, and load the demo factory into an empty database",
        )
        parser.add_argument("--host", default=settings.HOST)

    def handle(self, *args: Any, **options: Any) -> None:
        self.host: str = options["host"]
        refuse_second_run(self.host)
        for port in (settings.PORT, settings.PORT + 1):
            refuse_busy_port(self.host, port)
        refuse_foreign_database()
        if options["prepare"]:
            try:
                prepare(verbosity=options["verbosity"])
            except KeyboardInterrupt:
                message = "Stopped before all was ready; the next start does the rest."
                raise CommandError(message, returncode=INTERRUPTED) from None
        refuse_older_database()
        connections.close_all()
        supervisor = Supervisor(
            state_path=settings.VAR_DIR / "up.json",
            say=self.say_line,
            longest_back_off_s=settings.LONGEST_BACK_OFF_S,
        )
        supervisor.watch_signals()
        try:
            self.supervise(supervisor)
        finally:
            self.say_line("Stopping ...")
            supervisor.stop()

    def say_line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def supervise(self, supervisor: Supervisor) -> None:
        """Start broker and web first, the rest once pages are answered."""
        folder = settings.VAR_DIR / "valkey"
        broker = choose_broker(redis_url=settings.REDIS_URL, folder=folder)
        self.say_line(f"Broker: {broker.text}.")
        environment = shared_environment(broker)
        if broker.command:
            supervisor.add(Child("broker", broker.command, stops_last=True))
        supervisor.add(Child("web", web_command(self.host), environment))
        waiting = later_children(self.host, environment)
        began_s = time.monotonic()

        def start_the_rest() -> None:
            if not waiting:
                return
            answers = is_answering(self.host)
            if answers or time.monotonic() - began_s > REST_STARTS_AFTER_S:
                for child in waiting:
                    supervisor.add(child)
                waiting.clear()
                self.announce()

        supervisor.run(every_pause=start_the_rest)

    def announce(self) -> None:
        """Say where the product is and how to get in."""
        self.say_line(f"\nLot One runs at http://{named(self.host)}:{settings.PORT}/")
        accounts = list_demo_accounts()
        if accounts:
            self.say_line("Demo logins, at /accounts/login/:")
        for account in accounts:
            kind, name = account["kind"], account["username"]
            self.say_line(f"  {kind:<16} {name:<24} {account['password']}")
        if accounts:
            self.say_line("To see the works at work, let a shift pass:")
            self.say_line(f"  {sys.executable} manage.py simulate_shift --hours 8")
        self.say_line("Ctrl-C stops all of it.")


def refuse_second_run(host: str) -> None:
    """Let no two of us share one folder of data: each would stop the other's work."""
    address = f"http://{named(host)}:{settings.PORT}/"
    try:
        claim_folder(settings.VAR_DIR, note=address)
    except FolderInUseError as error:
        message = (
            f"The data in {settings.VAR_DIR} are in use by the one that runs at "
            f"{error}; stop it, or set VAR_DIR to another folder."
        )
        raise CommandError(message, returncode=REFUSED) from error


def refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            name = "HOST" if is_of_host(error) else "PORT"
            message = (
                f"Port {port} cannot be used ({error}); set {name} to another one."
            )
            raise CommandError(message, returncode=REFUSED) from error


def is_of_host(error: Exception) -> bool:
    """Tell an address that is not of this machine from a port that is taken."""
    is_unknown = isinstance(error, socket.gaierror)
    return is_unknown or getattr(error, "errno", 0) == errno.EADDRNOTAVAIL


def refuse_foreign_database() -> None:
    """Stop at a database that no migration of this code leads to or on from."""
    try:
        unknown, lost = list_unknown_migrations(), list_lost_migrations()
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        message = f"The database does not answer: {first}"
        raise CommandError(message, returncode=REFUSED) from error
    if unknown:
        message = (
            "The database was made by a newer version of this product "
            f"({unknown[-1]} is not known here); update the code."
        )
        raise CommandError(message, returncode=REFUSED)
    if lost:
        message = (
            "The database was made by an older version of this product, and this code "
            f"has no longer what it needs next ({lost[0]}); migrate it with a version "
            f"that has {lost[-1]}, or set VAR_DIR or DATABASE_URL to an empty one."
        )
        raise CommandError(message, returncode=REFUSED)


def refuse_older_database() -> None:
    if not find_migrations().is_ok:
        message = "The database is not prepared: say --prepare, or run migrate first."
        raise CommandError(message, returncode=REFUSED)


def prepare(*, verbosity: int) -> None:
    """Bring database and static files to this code; fill only an empty database."""
    collecting = collect_static_files() if settings.STATIC_HASHED else None
    try:
        fill_database(verbosity=verbosity)
        if collecting is not None and collecting.wait():
            raise CommandError("collectstatic failed; see above.")
    except KeyboardInterrupt:
        if collecting is not None:
            collecting.terminate()
        raise


def fill_database(*, verbosity: int) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    # Nobody listens yet: a wake-up sent from here would only lie about.
    current_app.conf.update(
        broker_url="memory://localhost", broker_transport_options={}
    )
    if "seed_demo" in get_commands():
        call_command("seed_demo", "--if-empty", verbosity=verbosity)


def collect_static_files() -> subprocess.Popen[bytes]:
    """Copy, hash and pack the static files on the other processor meanwhile."""
    return subprocess.Popen(  # noqa: S603 -- our own command line
        python("django", "collectstatic", "--no-input", "-v0", "--skip-checks"),
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        process_group=0,  # a Ctrl-C is told by us, not by its traceback
    )


def shared_environment(broker: Broker) -> dict[str, str]:
    """Tell every child which broker is used and where pages and streams are."""
    environment = {
        "PORT": str(settings.PORT),
        "LIVE_ORIGIN": f":{settings.PORT + 1}",
        "WEB_ORIGIN": f":{settings.PORT}",
    }
    for name in ("LIVE_ORIGIN", "WEB_ORIGIN"):
        environment[name] = os.environ.get(name, environment[name])
    if broker.redis_url:
        environment["REDIS_URL"] = broker.redis_url
    return environment


def later_children(host: str, environment: dict[str, str]) -> list[Child]:
    """List what may start once pages are answered."""
    # A forked worker gives its connection back after each task: a pool only costs.
    warnings = filter(None, (os.environ.get("PYTHONWARNINGS"), ROOT_IS_KNOWN))
    background = {
        **environment,
        "DATABASE_POOL": "0",
        "PYTHONWARNINGS": ",".join(warnings),
    }
    return [
        Child("kernels", python("configurator.management.kernels"), runs_once=True),
        Child("live", live_command(host), environment),
        Child("worker", worker_command(), background),
        Child("planner", planner_command(), background),
        Child("searcher", searcher_command(), background),
        Child("beat", celery("beat", "--pidfile", ""), background),
    ]


def python(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *words)


def celery(*words: str) -> tuple[str, ...]:
    """Start without the checks that we have made: they load every page's code."""
    options = ("--app", "configurator", "--quiet", "--skip-checks")
    return python("celery", *options, *words)


def web_command(host: str) -> tuple[str, ...]:
    return python(
        *("gunicorn", "configurator.wsgi:application", "--worker-class", "gthread"),
        *("--workers", str(settings.WEB_WORKERS)),
        *("--threads", str(settings.WEB_THREADS)),
        *("--bind", f"{bracketed(host)}:{settings.PORT}", "--no-control-socket"),
        *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"),
    )


def live_command(host: str) -> tuple[str, ...]:
    return python(
        *("uvicorn", "configurator.asgi:application", "--lifespan", "off"),
        *("--host", host, "--port", str(settings.PORT + 1)),
        *("--timeout-graceful-shutdown", "2", "--log-level", "warning"),
    )


def worker_command() -> tuple[str, ...]:
    pool = ("--pool", "prefork", "--concurrency", str(settings.WORKER_PROCESSES))
    return queue_worker("lotone", "celery", *pool)


def planner_command() -> tuple[str, ...]:
    """Plan in one process of its own: it keeps no order waiting."""
    return queue_worker("planner", "planning", "--pool", "solo")


def searcher_command() -> tuple[str, ...]:
    """Search and simulate in another: what takes long keeps no plan waiting."""
    return queue_worker("searcher", "searching", "--pool", "solo")


def queue_worker(name: str, queue: str, *pool: str) -> tuple[str, ...]:
    return celery(
        *("worker", *pool, "--queues", queue),
        *("--hostname", f"{name}-{settings.PORT}@%h"),
        *("--without-gossip", "--without-mingle"),
    )


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def named(host: str) -> str:
    """Give an address that a browser on this machine can open."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else bracketed(host)  # noqa: S104


def is_answering(host: str) -> bool:
    address = f"http://{named(host)}:{settings.PORT}/livez"
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def list_demo_accounts() -> list[dict[str, str]]:
    """Ask for the demo's accounts; there are none where it was not loaded."""
    if not find_spec(DEMO_ACCOUNTS):
        return []
    try:
        accounts: list[dict[str, str]] = import_module(DEMO_ACCOUNTS).demo_accounts()
    except (OSError, DatabaseError):  # what is running goes on without the list
        return []
    connections.close_all()
    return accounts
