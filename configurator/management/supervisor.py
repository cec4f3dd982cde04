"""Keep a set of processes running until told to stop, then stop them all."""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PAUSE_S = 0.2
FIRST_BACK_OFF_S = 0.5
LONGEST_BACK_OFF_S = 30
STEADY_AFTER_S = 30.0
STOP_WITHIN_S = 10.0
PR_SET_PDEATHSIG = 1
LONGEST_NOTE = 1_000


class FolderInUseError(Exception):
    """A folder belongs to another process that lives; the message is its note."""


@dataclass(slots=True)
class Child:
    """One process in a process group of its own."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    runs_once: bool = False
    stops_last: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    start_at_s: float = 0.0
    back_off_s: float = FIRST_BACK_OFF_S

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Start children, start again what dies, stop everything on a signal.

    Parameters
    ----------
    state_path
        A file that always names the process group of each child.
    say
        Called with each line that a person should read.
    longest_back_off_s
        How long at most to wait before starting again what dies again and again.
    """

    def __init__(
        self,
        *,
        state_path: Path,
        say: Callable[[str], object],
        longest_back_off_s: float = LONGEST_BACK_OFF_S,
    ) -> None:
        self.longest_back_off_s = longest_back_off_s
        self.children: list[Child] = []
        self.state_path = state_path
        self.say = say
        self.is_stopping = False

    def watch_signals(self) -> None:
        """Let Ctrl-C, a termination and a closed terminal end the loop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)

    def on_signal(self, number: int, frame: object) -> None:
        self.is_stopping = True

    def add(self, child: Child) -> None:
        """Start a child now and from then on whenever it has died."""
        self.children.append(child)
        self.start(child)
        self.write_state()

    def start(self, child: Child) -> None:
        child.started_s = time.monotonic()
        child.process = subprocess.Popen(  # noqa: S603 -- our own command lines
            child.command,
            env={**os.environ, **child.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def run(self, *, every_pause: Callable[[], object]) -> None:
        """Watch over the children until a signal comes."""
        while not self.is_stopping:
            if self.mend():
                self.write_state()
            every_pause()
            time.sleep(PAUSE_S)

    def mend(self) -> bool:
        """Start what has died and waited long enough; say whether any was."""
        now_s = time.monotonic()
        has_changed = False
        for child in [one for one in self.children if not one.is_alive]:
            if child.process is not None:
                self.note_end(child, now_s)
                has_changed = True
            elif now_s >= child.start_at_s:
                self.start(child)
                has_changed = True
        return has_changed

    def note_end(self, child: Child, now_s: float) -> None:
        """Clear up after a child that has ended and plan its next start."""
        if child.process is None:
            return
        code = child.process.returncode
        signal_group(child, signal.SIGKILL)
        child.process = None
        if child.runs_once:
            self.children.remove(child)
            if code:
                self.say(f"{child.name} failed ({code}); the rest goes on.")
            return
        if now_s - child.started_s > STEADY_AFTER_S:
            child.back_off_s = FIRST_BACK_OFF_S
        child.start_at_s = now_s + child.back_off_s
        self.say(f"{child.name} ended ({code}); again in {child.back_off_s:g} s.")
        child.back_off_s = min(2 * child.back_off_s, self.longest_back_off_s)

    def stop(self) -> None:
        """Ask every child to end, the broker after all who talk to it; then kill.

        A child ends its own processes in good order: a worker lets its pool finish.
        Whatever is left of its group is killed with it.
        """
        for is_last in (False, True):
            group = [one for one in self.children if one.stops_last == is_last]
            for child in group[::-1]:
                if child.process is not None:
                    child.process.send_signal(signal.SIGTERM)
            deadline_s = time.monotonic() + STOP_WITHIN_S
            while any(child.is_alive for child in group):
                if time.monotonic() > deadline_s:
                    break
                time.sleep(PAUSE_S / 4)
            for child in group:
                signal_group(child, signal.SIGKILL)
                if child.process is not None:
                    child.process.wait()
        self.state_path.unlink(missing_ok=True)

    def write_state(self) -> None:
        """Write which process group is whose, whole or not at all."""
        groups = {
            child.name: child.process.pid
            for child in self.children
            if child.process is not None
        }
        draft = self.state_path.with_suffix(".new")
        draft.write_text(json.dumps({"supervisor": os.getpid(), "groups": groups}))
        draft.replace(self.state_path)


def signal_group(child: Child, number: int) -> None:
    """Signal a child and all that it has started; a group that is gone is fine."""
    if child.process is None:
        return
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        child.process.poll()


def end_with_parent() -> None:
    """Have the kernel end this child should its supervisor be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def claim_folder(folder: Path, *, note: str) -> None:
    """Keep a folder for this process alone until it ends, in whatever way it does.

    Raises
    ------
    FolderInUseError
        If another one has it; with the note which that one left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Never closed and never inherited: the lock ends with this process.
    claim = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        left = os.read(claim, LONGEST_NOTE).decode()
        os.close(claim)
        raise FolderInUseError(left) from None
    os.truncate(claim, 0)
    os.write(claim, note.encode())
