"""`python -m bench.install`: from a fresh clone, `make run` to the first page.

Once with pip's cache as it is, once without any; the figure depends on the network.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time

import requests

from bench.report import report
from tests.installation import ROOT
from tests.services import free_port, wait_until

PATIENCE = 1800.0  # seconds


def main() -> None:
    figures = {
        "make run to first page, with pip's cache": seconds_to_first_page(cache=True),
        "make run to first page, without": seconds_to_first_page(cache=False),
    }
    report("install", {what: f"{seconds:.0f} s" for what, seconds in figures.items()})


def seconds_to_first_page(*, cache: bool) -> float:
    port = free_port()
    environment = os.environ | {"PORT": str(port)}
    if not cache:
        environment["PIP_NO_CACHE_DIR"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        started = time.monotonic()
        make = subprocess.Popen(
            ["make", "run"], cwd=folder, env=environment, start_new_session=True
        )
        try:
            wait_until(lambda: answers(make, port), "the first page", PATIENCE)
            return time.monotonic() - started
        finally:
            os.killpg(make.pid, signal.SIGINT)
            make.wait(60)


def answers(make: subprocess.Popen[bytes], port: int) -> bool:
    if make.poll() is not None:
        raise RuntimeError("make run has ended")
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/accounts/login/", timeout=5).ok
    return False


if __name__ == "__main__":
    main()
