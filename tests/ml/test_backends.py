from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from ml.predictor import Predictor
from tests.images import lesion
from tests.ml.small_network import RECIPE

ROOT = Path(__file__).parents[2]


def test_what_was_trained_on_jax_is_served_by_tensorflow(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    output = tmp_path / "artifact"
    program = ("-m", "tests.ml.small_network", "jax", str(ham10000), str(split), str(output))
    subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        check=True,
    )
    pixels = np.asarray(lesion(RECIPE.size, RECIPE.size), np.uint8)[None]
    served = Predictor(str(output)).predict(pixels).probabilities
    assert np.abs(served - np.load(tmp_path / "artifact.npy")).max() < 1e-5
    assert np.ptp(served) > 0.01
