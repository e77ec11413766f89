"""`python -m bench.fuzz_imaging --minutes 10`: files changed at random, until the time is over.

Each is tried in a process of its own with many others, so that what ends the process is seen, too:
its file stays in `fuzz/` in the data folder. Prints what was said how often and at most took.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from bench.report import report

FOLDER = Path(os.environ.get("SKINCARE_DATA_DIR", "var")) / "fuzz"
A_PROCESS = 1000  # files
PATIENCE = 600.0  # seconds for so many


def peak_memory() -> int:
    """Of this process since it was last asked, in kB; by the kernel's count."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak


def try_many(first: int, folder: Path) -> None:
    """The child's part: prints a line of JSON for each file."""
    import django

    django.setup()
    from tests.attacks.mutations import changed
    from tests.classifier.test_imaging_fuzzed import judged

    for seed in range(first, first + A_PROCESS):
        content = changed(random.Random(seed))  # noqa: S311
        file = folder / f"{seed}.bin"
        file.write_bytes(content)
        peak_memory()
        begun = time.perf_counter()
        try:
            said = judged(content)
        except Exception:
            traceback.print_exc()
            print(json.dumps({"seed": seed, "said": "FAILED"}), flush=True)
            continue
        line = {"seconds": time.perf_counter() - begun, "kB": peak_memory()}
        print(json.dumps({"seed": seed, "said": said, **line}), flush=True)
        file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if options.child:
        try_many(options.first, FOLDER)
        return
    said: Counter[str] = Counter()
    slowest, largest, seed = 0.0, 0, options.first
    deadline = time.monotonic() + options.minutes * 60
    while time.monotonic() < deadline:
        command = [sys.executable, "-m", "bench.fuzz_imaging", "--child", "--first", str(seed)]
        child = subprocess.run(
            command,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        lines = [json.loads(line) for line in child.stdout.splitlines()]
        said.update(line["said"] for line in lines)
        slowest = max([slowest, *(line.get("seconds", 0.0) for line in lines)])
        largest = max([largest, *(line.get("kB", 0) for line in lines)])
        if child.returncode:
            said[f"the process ended with {child.returncode}"] += 1
        seed += len(lines) + bool(child.returncode)
    report(
        "fuzz_imaging",
        {
            "files": str(sum(said.values())),
            **{name: str(number) for name, number in said.most_common()},
            "slowest": f"{slowest:.2f} s",
            "largest process": f"{largest / 1000:.0f} MB",
        },
    )


if __name__ == "__main__":
    main()
