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


def run_on(backend: str, *program: str) -> None:
    subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        check=True,
    )


def test_both_backends_show_the_same_views(tmp_path: Path) -> None:
    for backend in ("tensorflow", "jax"):
        run_on(backend, "tests.ml.views", str(tmp_path / f"{backend}.npy"))
    one, other = (np.load(tmp_path / f"{name}.npy") for name in ("tensorflow", "jax"))
    assert one.shape == (3, 8, 40, 40, 3)
    assert one.std() > 30
    assert np.abs(one - other).max() < 0.05


def test_what_was_trained_on_jax_is_served_by_tensorflow(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    output = tmp_path / "artifact"
    run_on("jax", "tests.ml.small_network", "jax", str(ham10000), str(split), str(output))
    pixels = np.asarray(lesion(RECIPE.size, RECIPE.size), np.uint8)[None]
    served = Predictor(str(output)).predict(pixels).probabilities
    assert np.abs(served - np.load(tmp_path / "artifact.npy")).max() < 1e-5
    assert np.ptp(served) > 0.01
