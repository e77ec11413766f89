"""Private PostgreSQL and Redis servers on free ports, gone when they are no longer needed.

`python -m tests.services COMMAND …` runs a command with DATABASE_URL and BROKER_URL set to them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 30.0  # seconds until a service has to answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], what: str, timeout: float = TIMEOUT) -> None:
    """Return as soon as `condition` holds. Raises `TimeoutError` naming `what` was awaited."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout:.0f} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@dataclass
class Server:
    """A server process of our own. Whoever tests its loss kills it and starts it again."""

    url: str
    command: list[str | Path]
    folder: str
    answers: Callable[[], bool]
    stop_signal: int = signal.SIGTERM

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(
            self.command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self.answers, str(self.command[0]))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        self.start()
        try:
            yield self
        finally:
            self.stop()


@contextlib.contextmanager
def postgresql(*, also_at: str = "") -> Iterator[Server]:
    """A fresh cluster; its `url` is the DATABASE_URL of an empty database.

    `also_at`: an address of this machine at which its neighbours, all of them, may reach it, too.
    """
    tools = _postgresql_tools()
    with tempfile.TemporaryDirectory(prefix="skincare-pg-") as folder:
        data = Path(folder) / "data"
        as_user: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        port = free_port()
        subprocess.run(
            [*as_user, tools / "initdb", "-D", data, "-U", "skincare", "-A", "trust", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        at = "127.0.0.1"
        if also_at:
            at += f",{also_at}"
            with (data / "pg_hba.conf").open("a", encoding="utf-8") as access:
                access.write("host all all samenet trust\n")
        # No fsync: the data are gone with the tests.
        options = ["-p", str(port), "-k", folder, "-c", f"listen_addresses={at}", "-F"]
        server = Server(
            f"postgresql://skincare@127.0.0.1:{port}/postgres",
            [*as_user, tools / "postgres", "-D", data, *options],
            folder,
            lambda: _answers(tools, port),
            signal.SIGINT,  # does not wait for clients
        )
        with server.running():
            yield server


def _postgresql_tools() -> Path:
    if debian := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return debian[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).parent
    raise RuntimeError("PostgreSQL is not installed: run tests/install_services.")


def _answers(tools: Path, port: int) -> bool:
    check = [tools / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(check, check=False).returncode == 0


@contextlib.contextmanager
def redis(*, also_at: str = "") -> Iterator[Server]:
    """An empty Redis that writes nothing to disk; its `url` is the BROKER_URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="skincare-redis-") as folder:
        options = ["--port", str(port), "--save", "", "--appendonly", "no"]
        options += [
            "--bind",
            "127.0.0.1",
            *([also_at, "--protected-mode", "no"] if also_at else []),
        ]
        url, command = f"redis://127.0.0.1:{port}/0", ["redis-server", *options]
        with Server(url, [*command], folder, lambda: listens(port)).running() as server:
            yield server


def main(command: list[str]) -> int:
    with postgresql() as database, redis() as broker:
        environment = os.environ | {"DATABASE_URL": database.url, "BROKER_URL": broker.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
