"""A compiled network (`served.tflite`) as it is called while serving, without TensorFlow.

On LiteRT, formerly TensorFlow Lite: docs/decisions.md says why.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from ml.preprocessing import Pixels

CHUNK = 8
"""Photographs a call: larger ones are no faster a photograph and only take more memory."""

OUTPUTS = ("probabilities", "embedding", "class_maps")
"""What a network may answer, in the order in which a compiled one does."""
Outputs = dict[str, npt.NDArray[np.float32]]


class ServedNetwork:
    """One network in memory. Not for several threads at once."""

    def __init__(self, path: Path, size: int) -> None:
        """Load and warm up. `NETWORK_THREADS` in the environment limits the cores it takes."""
        self._interpreter: Any = Interpreter(str(path), num_threads=_threads())
        self._pixels = self._interpreter.get_input_details()[0]["index"]
        self._shape: tuple[int, ...] = ()
        # The largest call first: then changing the size of a call costs nothing any more.
        for n in (CHUNK, 1):
            self(np.zeros((n, size, size, 3), np.uint8))

    def __call__(self, pixels: Pixels) -> Outputs:
        """For uint8 (n, size, size, 3), n at least 1: see `ml.serving_graph`."""
        parts = [self._run(pixels[at : at + CHUNK]) for at in range(0, len(pixels), CHUNK)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _run(self, pixels: Pixels) -> Outputs:
        if pixels.shape != self._shape:
            self._interpreter.resize_tensor_input(self._pixels, pixels.shape, strict=True)
            self._interpreter.allocate_tensors()
            self._shape = pixels.shape
        self._interpreter.set_tensor(self._pixels, pixels)
        self._interpreter.invoke()
        # Their names count up: a network without maps has the first one alone.
        details = sorted(self._interpreter.get_output_details(), key=lambda one: str(one["name"]))
        tensors = [self._interpreter.get_tensor(one["index"]) for one in details]
        return dict(zip(OUTPUTS, tensors, strict=False))


def _threads() -> int:
    return int(os.environ.get("NETWORK_THREADS") or 0) or len(os.sched_getaffinity(0))
