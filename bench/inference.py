"""`python -m bench.inference --artifact NAME --data DIR`: which way to call the network is fastest?

Each way is timed at batch 1, 8 and 32 in one run, and compared with Keras' own probabilities on
photographs of the validation fold; static int8 takes its ranges from photographs that were
trained on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from bench.report import report
from ml.artifact import Artifact, active_name, read_artifact
from ml.compile import DYNAMIC_INT8, FLOAT16, FLOAT32, STATIC_INT8, convert
from ml.ham10000 import Record, read_records
from ml.images import load_images
from ml.metrics import Labels, balanced_accuracy
from ml.preprocessing import Pixels
from ml.served_network import ServedNetwork
from ml.split import split_by_lesion

Probabilities = npt.NDArray[np.float32]
Way = Callable[[Pixels], Probabilities]

BATCHES = (1, 8, 32)
PHOTOGRAPHS = 256
SAMPLES = 400  # for static int8
SECONDS = 1.5


def keras_predict(model: keras.Model) -> Way:
    def call(pixels: Pixels) -> Probabilities:
        return np.asarray(model.predict(pixels.astype(np.float32), verbose=0))

    return call


def compiled(model: keras.Model, *, xla: bool) -> Way:
    """One `tf.function`; with XLA it is compiled anew for each batch size."""

    @tf.function(jit_compile=xla)
    def call(pixels: tf.Tensor) -> tf.Tensor:
        return model(tf.cast(pixels, tf.float32), training=False)

    return lambda pixels: np.asarray(call(tf.constant(pixels)))


def litert(model: keras.Model, kind: str, samples: Pixels, folder: Path) -> Way:
    """As it is served: with embedding and class maps too."""
    path = folder / f"{kind}.tflite"
    path.write_bytes(convert(model, kind, samples))
    network = ServedNetwork(path, model.input_shape[1])
    return lambda pixels: network(pixels)["probabilities"]


def ways(artifact: Artifact, samples: Pixels) -> Iterator[tuple[str, Way]]:
    model = keras.models.load_model(artifact.model_path, compile=False)
    yield "model.predict", keras_predict(model)
    yield "tf.function", compiled(model, xla=False)
    yield "tf.function with XLA", compiled(model, xla=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in (FLOAT32, FLOAT16, DYNAMIC_INT8, STATIC_INT8):
            yield f"LiteRT {kind}", litert(model, kind, samples, Path(folder))


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
        print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)  # all of it takes minutes
    report("inference", figures)


if __name__ == "__main__":
    main()
