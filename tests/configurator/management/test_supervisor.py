import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from configurator.management import supervisor as module
from configurator.management.broker import choose_broker
from configurator.management.supervisor import Child, Supervisor, claim_folder

ROOT = Path(__file__).resolve().parents[3]
WAIT = "import time; time.sleep(60)"
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""
ORDERLY = """
import pathlib, signal, subprocess, sys
work = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9));"
    "print('at work', flush=True); time.sleep(0.4)"
)
child = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE)
child.stdout.readline()
path = pathlib.Path(sys.argv[1])
def end(*_):
    path.write_text(f"ended with {child.wait()}")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
path.write_text("at work")
signal.pause()
"""
CLAIM = """
import pathlib, sys, time
from configurator.management.supervisor import claim_folder
claim_folder(pathlib.Path(sys.argv[1]), note="http://here/")
print("claimed", flush=True)
time.sleep(60)
"""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def until(holds, within_s: float = 10) -> None:
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, "not within the time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def lines():
    return []


@pytest.fixture
def supervisor(tmp_path, lines):
    supervisor = Supervisor(state_path=tmp_path / "up.json", say=lines.append)
    yield supervisor
    supervisor.stop()


def test_a_child_has_a_group_of_its_own_that_the_state_names(supervisor):
    supervisor.add(Child("web", python(WAIT)))

    group = json.loads(supervisor.state_path.read_text())["groups"]["web"]

    assert group == supervisor.children[0].process.pid == os.getpgid(group)
    assert group != os.getpgid(0)


def test_what_dies_is_started_again_after_a_longer_wait_each_time(supervisor, lines):
    child = Child("worker", python("raise SystemExit(3)"), back_off_s=0.01)
    supervisor.add(child)

    until(lambda: supervisor.mend() is not None and len(lines) == 3)

    assert lines == [
        "worker ended (3); again in 0.01 s.",
        "worker ended (3); again in 0.02 s.",
        "worker ended (3); again in 0.04 s.",
    ]


def test_what_ran_steadily_is_started_again_at_once(supervisor, lines, monkeypatch):
    monkeypatch.setattr(module, "STEADY_AFTER_S", 0.0)
    child = Child("worker", python(WAIT), back_off_s=30.0)
    supervisor.add(child)
    os.kill(pid_of(child), signal.SIGKILL)

    until(lambda: supervisor.mend() or lines)

    assert lines == ["worker ended (-9); again in 0.5 s."]


def test_what_runs_once_is_not_started_again(supervisor, lines):
    supervisor.add(Child("kernels", python(""), runs_once=True))

    until(lambda: supervisor.mend() and not supervisor.children)

    assert lines == []


def test_a_child_that_dies_takes_what_it_had_started_with_it(supervisor, tmp_path):
    child, grandchild = start_stubborn(supervisor, tmp_path / "pid")
    os.kill(pid_of(child), signal.SIGKILL)

    until(supervisor.mend)

    until(lambda: not is_running(grandchild))


def test_stopping_kills_what_does_not_listen(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "STOP_WITHIN_S", 0.3)
    child, grandchild = start_stubborn(supervisor, tmp_path / "pid")

    supervisor.stop()

    assert not is_running(pid_of(child))
    until(lambda: not is_running(grandchild))
    assert not supervisor.state_path.exists()


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def start_stubborn(supervisor: Supervisor, path: Path) -> tuple[Child, int]:
    child = Child("web", (*python(STUBBORN), str(path)))
    supervisor.add(child)
    until(lambda: path.exists() and path.read_text())
    return child, int(path.read_text())


def test_a_child_ends_its_own_processes_in_good_order(supervisor, tmp_path):
    path = tmp_path / "told"
    supervisor.add(Child("worker", (*python(ORDERLY), str(path))))
    until(lambda: path.exists() and path.read_text())

    supervisor.stop()

    assert path.read_text() == "ended with 0"


def test_a_signal_ends_the_loop(supervisor):
    supervisor.add(Child("web", python(WAIT)))

    supervisor.run(every_pause=lambda: supervisor.on_signal(signal.SIGTERM, None))

    assert supervisor.is_stopping


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_supervisor_that_is_killed_leaves_nobody_behind(tmp_path):
    code = (
        "import sys; from pathlib import Path;"
        "from configurator.management.supervisor import Child, Supervisor;"
        f"one = Supervisor(state_path=Path({str(tmp_path / 'up.json')!r}), say=print);"
        f"one.add(Child('web', (sys.executable, '-c', {WAIT!r})));"
        "one.run(every_pause=lambda: None)"
    )
    process = subprocess.Popen(python(code), cwd=ROOT)
    until(lambda: (tmp_path / "up.json").exists())
    child = json.loads((tmp_path / "up.json").read_text())["groups"]["web"]
    time.sleep(0.2)

    process.kill()
    process.wait()

    until(lambda: not is_running(child))


def test_a_second_start_on_the_same_data_is_refused_and_leaves_the_first_alone(
    tmp_path, settings
):
    settings.VAR_DIR, settings.PORT = tmp_path, 9
    claim = [sys.executable, "-c", CLAIM, str(tmp_path)]
    (tmp_path / "up.json").write_text("{}")
    with subprocess.Popen(claim, cwd=ROOT, stdout=subprocess.PIPE) as first:
        assert first.stdout
        assert first.stdout.readline() == b"claimed\n"

        with pytest.raises(CommandError) as refused:
            call_command("up")
        first.kill()

    message = f"The data in {tmp_path} are in use by the one that runs at http://here/;"
    assert str(refused.value).startswith(message)
    assert refused.value.returncode == 2
    assert (tmp_path / "up.json").exists()
    claim_folder(tmp_path, note="the next one")


def test_a_given_redis_is_used_before_one_of_our_own(tmp_path):
    broker = choose_broker(redis_url="redis://elsewhere/1", folder=tmp_path)

    assert broker.redis_url == "redis://elsewhere/1"
    assert broker.command == ()


def test_a_server_on_the_path_is_used_before_the_one_from_pip(tmp_path, monkeypatch):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    broker = choose_broker(redis_url="", folder=tmp_path)

    assert broker.command[0] == str(program)
    assert broker.redis_url.startswith("redis://127.0.0.1:")


def test_without_any_server_files_are_used_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("configurator.management.broker.find_spec", lambda name: None)

    broker = choose_broker(redis_url="", folder=tmp_path)

    assert (broker.redis_url, broker.command) == ("", ())
    assert "no Redis" in broker.text
