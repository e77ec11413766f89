"""The product as it is started for real: `manage.py serve` on a port of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.services import free_port, wait_until

ROOT = Path(__file__).parent.parent
SERVE = [sys.executable, "manage.py", "serve"]
PATIENCE = 90.0  # seconds until a first start, on a busy machine, has to answer
FINAL = ("succeeded", "rejected", "failed")


@dataclass
class Installation:
    """A running installation; `environment` says how it differs from the embedded default."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def terminal(self) -> str:
        """What `make run` has printed."""
        return (self.data_dir / "terminal.txt").read_text(encoding="utf-8")

    @property
    def logs(self) -> str:
        """What the processes have logged."""
        files = sorted((self.data_dir / "log").glob("*.log"))
        return "".join(file.read_text(encoding="utf-8") for file in files)

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "terminal.txt").open("ab") as terminal:
            self.supervisor = subprocess.Popen(
                SERVE,
                cwd=ROOT,
                env=self.variables(),
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, "the first page", PATIENCE)

    def variables(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("HOME", "LANG", "PATH", "TMPDIR", "USER")
        }
        ours = {"SKINCARE_DATA_DIR": str(self.data_dir), "PORT": str(self.port)}
        return {**kept, **ours, **self.environment}

    def _answers(self) -> bool:
        if self.supervisor.poll() is not None:
            raise RuntimeError(self.terminal)
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        return False

    def stop(self) -> None:
        """As Ctrl-C does."""
        self.supervisor.send_signal(signal.SIGINT)
        self.supervisor.wait(60)

    def processes(self, name: str = "") -> list[psutil.Process]:
        """The processes under the supervisor whose command line has `name` in it."""
        children = psutil.Process(self.supervisor.pid).children(recursive=True)
        return [process for process in children if name in _command_line(process)]

    def first_password(self) -> str:
        """The one that was printed for the user `admin` on the first start."""
        found = re.search(r"First user: admin +password: (\S+)", self.terminal)
        assert found, self.terminal
        return found[1]

    def api_token(self) -> str:
        credentials = {"username": "admin", "password": self.first_password()}
        answer = requests.post(f"{self.url}/api/v1/auth/token/", data=credentials, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["token"])


def _command_line(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


@contextlib.contextmanager
def running(installation: Installation) -> Iterator[Installation]:
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


class Client:
    """A user of the REST API."""

    def __init__(self, installation: Installation) -> None:
        self.root = f"{installation.url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Token {installation.api_token()}"

    def upload(self, content: bytes, **fields: str) -> requests.Response:
        files = {"image": ("lesion.jpg", content, "image/jpeg")}
        return self.session.post(f"{self.root}/predictions/", files=files, data=fields, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.root}/{path}", timeout=30)

    def finished(self, prediction_id: str, timeout: float = 60.0) -> dict[str, Any]:
        """The prediction, once it has reached its final state."""
        answer: dict[str, Any] = {}

        def is_finished() -> bool:
            with contextlib.suppress(requests.RequestException):
                answer.update(self.get(f"predictions/{prediction_id}/").json())
            return answer.get("status") in FINAL

        wait_until(is_finished, f"the end of {prediction_id}", timeout)
        return answer
