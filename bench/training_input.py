"""`python -m bench.training_input --data DIR`: is the CPU busy with the network, or with its input?

Decodes the training images once, then times, in one run: the input alone (drawing and augmenting),
the network alone (the same batch again and again), and a training as it is, both together.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from bench.report import report
from ml.epochs import epoch_of
from ml.fit_tensorflow import Fit
from ml.ham10000 import read_records
from ml.images import Images, load_images
from ml.labels import LABELS
from ml.recipe import REFERENCE
from ml.split import split_by_seed
from ml.train import fresh_network

BATCHES = 48
RECIPE = replace(REFERENCE, epochs=1, mixed_precision=True)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def training_images(data: Path) -> Images:
    records = read_records(data)
    parts = split_by_seed(records)
    return load_images(data, [r for r in records if parts[r.image_id] == "train"], RECIPE.size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    images: list[Images] = []
    decoding = seconds(lambda: images.append(training_images(data)))

    model = fresh_network(RECIPE, steps=BATCHES)
    labels = images[0].labels
    targets = np.eye(len(LABELS), dtype=np.float32)[labels]
    fit = Fit(model, images[0].pixels, targets, RECIPE)
    epoch = fit.batches(epoch_of(labels, RECIPE, 0)).take(BATCHES)
    same = tf.data.Dataset.from_tensors(next(iter(epoch))).repeat(BATCHES)
    model.fit(epoch, verbose=0, shuffle=False)  # traced and warm

    alone = seconds(lambda: [None for _ in epoch])
    network = seconds(lambda: model.fit(same, verbose=0, shuffle=False))
    both = seconds(lambda: model.fit(epoch, verbose=0, shuffle=False))
    views = BATCHES * RECIPE.batch
    report(
        "training_input",
        {
            f"decoding {len(images[0].labels)} images, once a training": f"{decoding:.1f} s",
            "the input alone": f"{1000 * alone / views:.1f} ms a view",
            "the network alone": f"{1000 * network / views:.1f} ms a view",
            "a training step with its input": f"{1000 * both / views:.1f} ms a view",
            "the network's share of a training step": f"{network / both:.0%}",
        },
    )


if __name__ == "__main__":
    main()
