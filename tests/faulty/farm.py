"""Workers by fork: the real worker process, without a second of imports for each that is killed.

`python -m tests.faulty.farm` forks one for each line that it reads, and prints its process id.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil

from tests.installation import ROOT, Installation

WORKER = ["--quiet", "worker", "--pool", "solo", "--without-gossip", "--without-mingle"]


class Farm:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def worker(self) -> psutil.Process:
        """One more."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return psutil.Process(int(self._process.stdout.readline()))


@contextlib.contextmanager
def farm(installation: Installation) -> Iterator[Farm]:
    """Extra workers of a running installation; they are gone afterwards."""
    log = (installation.data_dir / "log" / "farm.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faulty.farm"],
        cwd=ROOT,
        env=installation.variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield Farm(process)
    finally:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.communicate()
        log.close()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    from skincare.celery import app

    app.loader.import_default_modules()
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            app.worker_main([*WORKER, "--hostname", f"farm{os.getpid()}@%h"])
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
