"""`python -m bench.footprint`: memory, start-up, and how often a worker loads the network.

Embedded default, on the real processes, after a minute's worth of uploads.
"""

from __future__ import annotations

import time

from bench.report import refuse_beside_a_training, report
from bench.service import memory
from bench.stacks import EMBEDDED, installed
from bench.users import PHOTOGRAPHS, see
from tests.installation import Client, Installation


def tensorflow_in(installation: Installation, command: str) -> int:
    """How many of those processes have TensorFlow's library in memory."""
    processes = installation.processes(command)
    return sum(
        any("tensorflow" in region.path for region in process.memory_maps())
        for process in processes
    )


def main() -> None:
    figures: dict[str, str] = {}
    started = time.monotonic()
    with installed(EMBEDDED) as installation:
        figures["first start to first page"] = f"{time.monotonic() - started:.1f} s"
        see(installation, users=1, seconds=0.01, wait=True)
        figures["first start to first result"] = f"{time.monotonic() - started:.1f} s"
        told_to_stop = time.monotonic()
        installation.stop()
        figures["Ctrl-C to the end of all"] = f"{time.monotonic() - told_to_stop:.1f} s"
        started = time.monotonic()
        installation.start()
        figures["later start to first page"] = f"{time.monotonic() - started:.1f} s"
        see(installation, users=1, seconds=0.01, wait=True)
        figures["later start to first result"] = f"{time.monotonic() - started:.1f} s"
        worker_started = time.monotonic()
        for process in installation.processes("--quiet worker"):
            process.kill()
        client = Client(installation)
        client.finished(client.upload(PHOTOGRAPHS[0]).json()["id"])
        figures["worker killed to next result"] = f"{time.monotonic() - worker_started:.1f} s"
        seen = see(installation, users=8, seconds=20, wait=False)
        figures["uploads meanwhile"] = f"{seen.ended.total()}, {seen.errors} errors"
        figures["memory, web (manager + processes)"] = memory(installation, "gunicorn")
        figures["memory, worker"] = memory(installation, "--quiet worker")
        figures["memory, beat"] = memory(installation, "--quiet beat")
        figures["memory, courier"] = memory(installation, "courier@")
        figures["web processes with TensorFlow"] = str(tensorflow_in(installation, "gunicorn"))
        loads = installation.logs.count("Loaded network")
        figures["loads of the network, of three worker processes"] = str(loads)
    report("footprint", figures)


if __name__ == "__main__":
    refuse_beside_a_training()
    main()
