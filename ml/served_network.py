"""A compiled network (`served.tflite`) as it is called while serving, without TensorFlow.

On LiteRT, formerly TensorFlow Lite: docs/decisions.md says why.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from ml.preprocessing import Pixels

MAX_COPIES = 8
"""Each takes some 25 MB. Where there are more cores than this, a copy gets several."""

OUTPUTS = ("probabilities", "embedding", "class_maps")
"""What a network may answer, in the order in which a compiled one does."""
Outputs = dict[str, npt.NDArray[np.float32]]


class ServedNetwork:
    """One network in memory. Not for several threads at once.

    As many photographs as there are cores, or more, are each computed by a core of its own: nobody
    waits for another core, and what one photograph needs fits into its cache. Fewer share all
    cores. Either way an answer does not depend on the photographs beside it.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Load and warm up. `NETWORK_THREADS` in the environment limits the cores it takes."""
        cores = _cores()
        copies = min(cores, MAX_COPIES)
        self._on_all_cores = _Copy(path, size, cores)
        self._free: SimpleQueue[_Copy] = SimpleQueue()
        for _ in range(copies if copies > 1 else 0):
            self._free.put(_Copy(path, size, cores // copies))
        self._threads = ThreadPoolExecutor(copies, thread_name_prefix="network-copy")
        self._copies = copies

    def __call__(self, pixels: Pixels) -> Outputs:
        """For uint8 (n, size, size, 3), n at least 1: see `ml.serving_graph`."""
        alone = (pixels[i : i + 1] for i in range(len(pixels)))
        if 1 < self._copies <= len(pixels):
            answers = list(self._threads.map(self._by_a_free_copy, alone))
        else:
            answers = [self._on_all_cores(one) for one in alone]
        return {name: np.concatenate([one[name] for one in answers]) for name in answers[0]}

    def _by_a_free_copy(self, pixels: Pixels) -> Outputs:
        copy = self._free.get()
        try:
            return copy(pixels)
        finally:
            self._free.put(copy)


class _Copy:
    """The network for one photograph at a time, warm."""

    def __init__(self, path: Path, size: int, threads: int) -> None:
        self._interpreter: Any = Interpreter(str(path), num_threads=threads)
        self._pixels = self._interpreter.get_input_details()[0]["index"]
        self._interpreter.resize_tensor_input(self._pixels, (1, size, size, 3), strict=True)
        self._interpreter.allocate_tensors()
        # Their names count up: a network without maps has the first one alone.
        details = sorted(self._interpreter.get_output_details(), key=lambda one: str(one["name"]))
        self._outputs = dict(zip(OUTPUTS, (one["index"] for one in details), strict=False))
        self(np.zeros((1, size, size, 3), np.uint8))

    def __call__(self, pixels: Pixels) -> Outputs:
        self._interpreter.set_tensor(self._pixels, pixels)
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(at) for name, at in self._outputs.items()}


def _cores() -> int:
    return int(os.environ.get("NETWORK_THREADS") or 0) or len(os.sched_getaffinity(0))
