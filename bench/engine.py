"""`python -m bench.engine`: the engine beside the bare network, in one process.

Bare: one call on ready pixels, of the same photographs. Engine: claim, decode, predict, store what
is queued, without HTTP. Several rounds in turn, so that both see the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from bench.report import report
from bench.stacks import STACKS, servers

BATCHES = (1, 8, 32)
ROUNDS = 3


def measure(photographs: int) -> dict[str, Any]:
    """Photographs a second, in this process: of the network by batch, and of the engine."""
    import django

    django.setup()
    import numpy as np
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from classifier.worker import engine
    from classifier.worker.loaded import networks

    network, size = networks.active().predictor, networks.active().input_size
    pixels = np.random.default_rng(0).integers(0, 256, (32, size, size, 3), dtype=np.uint8)
    by_batch: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    drained: list[float] = []
    for _ in range(ROUNDS):
        for batch, speeds in by_batch.items():
            speeds.append(a_second(lambda n=batch: network.predict(pixels[:n]), batch))
        queue_up(photographs)
        begin = time.perf_counter()
        assert engine.drain(seconds=600) == photographs  # noqa: S101
        drained.append(photographs / (time.perf_counter() - begin))
    bare = {str(batch): statistics.median(speeds) for batch, speeds in by_batch.items()}
    return {"network": network.artifact.name, "bare": bare, "engine": statistics.median(drained)}


def a_second(call: Callable[[], object], photographs: int, seconds: float = 2.0) -> float:
    call()
    calls, begin = 0, time.perf_counter()
    while time.perf_counter() < begin + seconds:
        call()
        calls += 1
    return calls * photographs / (time.perf_counter() - begin)


def queue_up(photographs: int) -> None:
    from django.contrib.auth.models import User

    from classifier import intake
    from tests.images import drawn_lesion, encoded, upload

    contents = [encoded(drawn_lesion(seed), quality=90) for seed in range(8)]
    owner, _ = User.objects.get_or_create(username="bench")
    for i in range(photographs):
        intake.submit(owner=owner, file=upload(contents[i % len(contents)]))


def on(stack: str, photographs: int) -> dict[str, Any]:
    """In a fresh process and a fresh data folder."""
    with tempfile.TemporaryDirectory() as folder, servers(stack) as urls:
        command = [sys.executable, "-m", "bench.engine", "--measure", str(photographs)]
        settings = {"SKINCARE_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "skincare.settings"}
        environment = os.environ | settings | urls | {"LOG_LEVEL": "WARNING"}
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        measured: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return measured


def described(stack: str, measured: dict[str, Any]) -> dict[str, str]:
    bare, engine = measured["bare"], measured["engine"]
    speeds = " / ".join(f"{bare[str(batch)]:.1f}" for batch in BATCHES)
    return {
        f"{stack}: bare {measured['network']} at batch 1 / 8 / 32": f"{speeds} photographs/s",
        f"{stack}: engine": f"{engine:.1f} photographs/s, {engine / bare['32']:.2f} of bare at 32",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=int, default=256)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    figures: dict[str, str] = {}
    for stack in STACKS:
        figures |= described(stack, on(stack, options.photographs))
    report("engine", figures)


if __name__ == "__main__":
    main()
