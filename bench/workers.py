"""`python -m bench.workers`: 1, 2 and 4 workers under 1, 8 and 32 users, on PostgreSQL and Redis.

On one machine the workers share its cores: what is shown is what more of them cost, not what more
machines bring.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.report import percentiles, refuse_beside_a_training, report
from bench.stacks import DEPLOYMENT, installed
from bench.users import see
from tests.installation import ROOT, Installation
from tests.services import wait_until

WORKERS = (1, 2, 4)
USERS = (1, 8, 32)


@contextlib.contextmanager
def further_workers(installation: Installation, n: int) -> Iterator[None]:
    """Besides the supervised one."""
    environment = installation.variables()
    tools = Path(sys.executable).parent
    environment["PATH"] = f"{tools}{os.pathsep}{environment['PATH']}"
    log = (installation.data_dir / "further.log").open("ab")
    processes = [
        subprocess.Popen(
            [ROOT / "tools" / "process", "worker"], env=environment, stdout=log, stderr=log
        )
        for _ in range(n)
    ]
    loaded = b"Loaded network"
    try:
        path = installation.data_dir / "further.log"
        wait_until(lambda: path.read_bytes().count(loaded) == n, "the further workers", 120)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        log.close()
        (installation.data_dir / "further.log").unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="for each number of users")
    options = parser.parse_args()
    figures: dict[str, str] = {}
    with installed(DEPLOYMENT) as installation:
        see(installation, users=2, seconds=2, wait=True)  # warm
        for workers in WORKERS:
            with further_workers(installation, workers - 1):
                for users in USERS:
                    seen = see(installation, users=users, seconds=options.seconds, wait=False)
                    figures[f"{workers} workers, {users} users"] = (
                        f"{seen.a_second:.1f} results/s; {percentiles(seen.seconds)}; "
                        f"{seen.errors} errors"
                    )
    report("workers", figures)


if __name__ == "__main__":
    refuse_beside_a_training()
    main()
