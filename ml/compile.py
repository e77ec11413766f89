"""An artefact's Keras network → `served.tflite`, which is what predictions are made with.

As `float32`, or as `dynamic-int8`: its weights have 8 bits, and activations are rounded to 8 bits
by each photograph's own range. That is faster and answers a little differently, so it is calibrated
and scored as a candidate of its own. `bench.inference` compares two more forms: `float16`, whose
weights have 16 bits, and `static-int8`, with the ranges that samples showed (docs/decisions.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from ml.artifact import MODEL, SERVED, ArtifactError, read_artifact, sha256_of, write_card
from ml.preprocessing import Pixels
from ml.served_network import OUTPUTS, ServedNetwork
from ml.serving_graph import serving_graph

FLOAT32, FLOAT16 = "float32", "float16"
DYNAMIC_INT8, STATIC_INT8 = "dynamic-int8", "static-int8"
MAX_DIFFERENCE = {FLOAT32: 1e-3, DYNAMIC_INT8: 0.15}
"""Of a probability from Keras' own, by the form. In 8 bits, more than that is a broken network."""
FITTED = ("calibration", "operating_points", "in_distribution", "metrics")


def compile_artifact(folder: Path, form: str = FLOAT32) -> None:
    """Write the compiled network and describe it in the card.

    What was fitted to another form's answers is taken off the card. Raises `ArtifactError` where
    the probabilities are not those of the Keras network.
    """
    if keras.backend.backend() != "tensorflow":  # only TensorFlow's Keras can be converted
        command = [sys.executable, "-m", "ml", "compile", "--artifact", f"{folder}/"]
        command += ["--form", form]
        environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
        subprocess.run(command, env=environment, check=True)  # noqa: S603  # nothing from outside
        return
    artifact = read_artifact(f"{folder}/")
    model = keras.models.load_model(folder / MODEL, compile=False)
    part = folder / f"{SERVED}.part"
    part.write_bytes(convert(model, form))
    difference = _difference(model, ServedNetwork(part, artifact.input_size), artifact.input_size)
    if not difference <= MAX_DIFFERENCE[form]:
        raise ArtifactError(f"{folder}: compiled, its probabilities are off by {difference:.1e}.")
    part.replace(folder / SERVED)
    card = artifact.card
    if card.get("served", {}).get("form", FLOAT32) != form:
        card = {key: value for key, value in card.items() if key not in FITTED}
    served = {
        "sha256": sha256_of(folder / SERVED),
        "form": form,
        "largest_difference": float(f"{difference:.1e}"),
    }
    write_card(folder, {**card, "served": served})


def convert(model: keras.Model, form: str = FLOAT32, samples: Pixels | None = None) -> bytes:
    """A TFLite file: uint8 (n, size, size, 3) for any n → those of `OUTPUTS` that there are.

    `samples`: photographs, for the form `static-int8`.
    """
    import tensorflow as tf

    graph = serving_graph(model)
    pixels = tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8, "pixels")

    @tf.function(input_signature=[pixels])
    def served(pixels: tf.Tensor) -> list[tf.Tensor]:
        answer = graph(tf.cast(pixels, tf.float32), training=False)
        return [answer[name] for name in OUTPUTS if name in answer]

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [served.get_concrete_function()], served
    )
    if form != FLOAT32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == FLOAT16:
        converter.target_spec.supported_types = [tf.float16]
    if form == STATIC_INT8 and samples is not None:
        converter.representative_dataset = lambda: ([one[None]] for one in samples)
    content: bytes = converter.convert()
    return content


def _difference(model: keras.Model, served: ServedNetwork, size: int) -> float:
    """The largest of any probability, on plain and on noisy images."""
    rng = np.random.default_rng(0)
    half = -(-size // 2)
    coarse = rng.integers(0, 256, (8, 2, 2, 3), np.uint8)
    plain = coarse.repeat(half, axis=1).repeat(half, axis=2)[:, :size, :size]
    pixels = np.concatenate([plain, rng.integers(0, 256, plain.shape, np.uint8)])
    expected = np.asarray(model(pixels.astype(np.float32), training=False))
    return float(np.abs(served(pixels)["probabilities"] - expected).max())
