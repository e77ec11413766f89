"""Private PostgreSQL and Redis servers on free ports, gone when they are no longer needed.

`python -m tests.services COMMAND …` runs a command with DATABASE_URL and BROKER_URL set to them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A fresh cluster; yields the DATABASE_URL of an empty database."""
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
        # No fsync: the data are gone with the tests.
        options = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-F"]
        command = [*as_user, tools / "postgres", "-D", data, *options]
        with _running(command, folder) as server:
            wait_until(lambda: _answers(tools, port), "PostgreSQL")
            try:
                yield f"postgresql://skincare@127.0.0.1:{port}/postgres"
            finally:
                server.send_signal(2)  # SIGINT: do not wait for clients


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
def redis() -> Iterator[str]:
    """An empty Redis that writes nothing to disk; yields its BROKER_URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="skincare-redis-") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running(["redis-server", *options], folder):
            wait_until(lambda: listens(port), "Redis")
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _running(command: list[str | Path], folder: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(command: list[str]) -> int:
    with postgresql() as database_url, redis() as broker_url:
        environment = os.environ | {"DATABASE_URL": database_url, "BROKER_URL": broker_url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
