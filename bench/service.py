"""`python -m bench.service`: start, time from upload to result, and memory, embedded default.

One user, one photograph after the other, on the real processes in a fresh data folder.
"""

from __future__ import annotations

import datetime
import statistics
import tempfile
import time
from pathlib import Path

from bench.report import refuse_beside_a_training, report
from tests.images import drawn_lesion, encoded
from tests.installation import Client, Installation, running

UPLOADS = 20
COMMANDS = {
    "web (manager + processes)": "gunicorn",
    "worker": "--quiet worker",
    "beat": "--quiet beat",
    "courier": "courier@",
}


def main() -> None:
    figures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        started = time.monotonic()
        with running(installation):
            figures["start to first page"] = f"{time.monotonic() - started:.1f} s"
            client = Client(installation)
            client.finished(client.upload(encoded(drawn_lesion())).json()["id"])
            figures["start to first result"] = f"{time.monotonic() - started:.1f} s"
            times = [milliseconds_to_result(client, seed) for seed in range(UPLOADS)]
            figures |= {
                f"POST to stored result, median of {UPLOADS}": f"{statistics.median(times):.0f} ms",
                f"POST to stored result, slowest of {UPLOADS}": f"{max(times):.0f} ms",
            }
            for name, command in COMMANDS.items():
                figures[f"memory, {name}"] = memory(installation, command)
    report("service", figures)


def milliseconds_to_result(client: Client, seed: int) -> float:
    """Milliseconds from the request's start to `finished_at`, both by this machine's clock."""
    content = encoded(drawn_lesion(seed), quality=90)
    started = datetime.datetime.now(datetime.UTC)
    prediction = client.finished(client.upload(content).json()["id"])
    finished = datetime.datetime.fromisoformat(prediction["finished_at"])
    return (finished - started) / datetime.timedelta(milliseconds=1)


def memory(installation: Installation, command: str) -> str:
    """Resident memory of each process with that command, in megabytes of 10⁶ bytes."""
    sizes = [process.memory_info().rss for process in installation.processes(command)]
    return " + ".join(f"{size / 1e6:.0f}" for size in sizes) + " MB"


if __name__ == "__main__":
    refuse_beside_a_training()
    main()
