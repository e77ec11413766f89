"""`python -m bench.large_photographs`: memory of the web processes under photographs at the limit.

Twelve uploads by eight threads, each 5000 × 5000 pixels, in the kinds that cost most to convert.
"""

from __future__ import annotations

import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from bench.report import report
from tests.images import encoded
from tests.installation import Client, Installation, running

SIZE = (5000, 5000)
SETTLING = 3.0  # seconds


def photographs() -> list[bytes]:
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation
    kinds = [Image.new(mode, SIZE) for mode in ("RGB", "RGBA", "I;16")]
    return [*(encoded(kind, "PNG") for kind in kinds), encoded(kinds[1], "PNG", exif=turned)]


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Installation(Path(folder))) as installation,
    ):
        client = Client(installation)
        processes = installation.processes("gunicorn")
        peak, done = [0], threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                peak[0] = max(peak[0], *(process.memory_info().rss for process in processes))

        watcher = threading.Thread(target=watch)
        watcher.start()
        with ThreadPoolExecutor(8) as users:
            answers = list(users.map(client.upload, photographs() * 3))
        done.set()
        watcher.join()
        time.sleep(SETTLING)
        after = max(process.memory_info().rss for process in processes)
    accepted = sum(answer.status_code == 202 for answer in answers)
    report(
        "large_photographs",
        {
            "accepted": f"{accepted} of {len(answers)}",
            "largest web process, at its peak": f"{peak[0] / 1e6:.0f} MB",
            "largest web process, three seconds later": f"{after / 1e6:.0f} MB",
        },
    )


if __name__ == "__main__":
    main()
