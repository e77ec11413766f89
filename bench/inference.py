"""`python -m bench.inference --artifact NAME --data DIR`: which way to call the network is fastest?

Each way is timed at batch 1, 8 and 32 in one run, and compared with Keras' own probabilities on
photographs of the validation fold; int8 is calibrated on photographs that were trained on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from bench.report import report
from ml.artifact import Artifact, active_name, read_artifact
from ml.ham10000 import Record, read_records
from ml.metrics import Labels, balanced_accuracy
from ml.pipeline import load_images
from ml.preprocessing import Pixels
from ml.served_network import served_network
from ml.split import split_by_lesion

Probabilities = npt.NDArray[np.float32]
Way = Callable[[Pixels], Probabilities]

BATCHES = (1, 8, 32)
PHOTOGRAPHS = 256
SAMPLES = 100  # to calibrate int8
SECONDS = 1.5
THREADS = 2


def keras_predict(model: keras.Model) -> Way:
    def call(pixels: Pixels) -> Probabilities:
        return np.asarray(model.predict(pixels.astype(np.float32), verbose=0))

    return call


def compiled(model: keras.Model, size: int) -> Way:
    """As it is served: probabilities, embedding and class maps."""
    served = served_network(model, size)
    return lambda pixels: np.asarray(served(tf.constant(pixels))["probabilities"])


def xla(model: keras.Model) -> Way:
    """Compiled anew for each batch size."""

    @tf.function(jit_compile=True)
    def call(pixels: tf.Tensor) -> tf.Tensor:
        return model(tf.cast(pixels, tf.float32), training=False)

    return lambda pixels: np.asarray(call(tf.constant(pixels)))


def tflite(model: keras.Model, kind: str, samples: Pixels) -> Way:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: ([one[None]] for one in samples.astype("f4"))
    interpreter = tf.lite.Interpreter(model_content=converter.convert(), num_threads=THREADS)
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def call(pixels: Pixels) -> Probabilities:
        if interpreter.get_input_details()[0]["shape"][0] != len(pixels):
            interpreter.resize_tensor_input(taken["index"], pixels.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(taken["index"], pixels.astype(np.float32))
        interpreter.invoke()
        return np.array(interpreter.get_tensor(given["index"]))

    interpreter.allocate_tensors()
    return call


def ways(artifact: Artifact, samples: Pixels) -> Iterator[tuple[str, Way]]:
    model = keras.models.load_model(artifact.model_path, compile=False)
    yield "model.predict", keras_predict(model)
    yield "tf.function, as served", compiled(model, artifact.input_size)
    yield "tf.function with XLA", xla(model)
    for kind in ("float32", "float16", "int8"):
        yield f"TFLite {kind}", tflite(model, kind, samples)


def milliseconds(way: Way, pixels: Pixels) -> float:
    """A photograph, the median of as many calls as fit into `SECONDS`, at least 5."""
    way(pixels)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        way(pixels)
        times.append(time.perf_counter() - begin)
    return 1000 * float(np.median(times)) / len(pixels)


def in_batches(way: Way, pixels: Pixels) -> Probabilities:
    return np.concatenate([way(pixels[at : at + 32]) for at in range(0, len(pixels), 32)])


def photographs(data: Path, artifact: Artifact) -> tuple[Pixels, Pixels, Labels]:
    """Samples that were trained on, then photographs of the validation fold and their labels."""
    records = read_records(data)
    parts = split_by_lesion(records)

    def some(part: str, n: int) -> list[Record]:
        here = [record for record in records if parts[record.image_id] == part]
        return here[:: max(1, len(here) // n)][:n]

    size = artifact.input_size
    validation = load_images(data, some("fold0", PHOTOGRAPHS), size)
    samples = load_images(data, some("fold1", SAMPLES), size).pixels
    return samples, validation.pixels, validation.labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifact", default=active_name())
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    artifact = read_artifact(options.artifact)
    samples, pixels, labels = photographs(options.data, artifact)
    figures: dict[str, str] = {}
    expected: Probabilities | None = None
    for name, way in ways(artifact, samples):
        times = [f"{milliseconds(way, pixels[:batch]):.1f}" for batch in BATCHES]
        found = in_batches(way, pixels)
        expected = found if expected is None else expected
        gap = np.abs(found - expected).max()
        recall = balanced_accuracy(labels, found)
        figures[name] = (
            f"{' / '.join(times)} ms a photograph at batch 1 / 8 / 32; off by at most {gap:.1e}; "
            f"mean recall {recall:.3f}"
        )
    report("inference", figures)


if __name__ == "__main__":
    main()
