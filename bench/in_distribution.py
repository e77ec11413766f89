"""`python -m bench.in_distribution --artifact NAME --data DIR`: which far images are refused.

Each method is fitted on the lesions that the network was trained on and refuses 5 % of the fold
that it was not, of both each photograph as it is and in another camera's colours. The table: the
share that it then refuses of that fold, of the test part (both ways, and by class), of each kind of
far image, and the AUROC of the test part against all kinds that were not used for choosing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from bench.in_distribution_rivals import METHODS, Distance, Fit, Seen
from bench.report import report
from ml.artifact import Artifact
from ml.augmentation import in_other_colours
from ml.ensemble import members_of
from ml.far_images import CHOOSING, REPORTING, far_images
from ml.ham10000 import Record, read_records
from ml.image_statistics import image_statistics
from ml.images import Images, load_images
from ml.in_distribution import REFUSED
from ml.labels import LABELS
from ml.predictor import Predictor, batches
from ml.preprocessing import to_pixels
from ml.split import split_by_lesion

Sides = tuple[Seen, Seen]
"""As they are, and in other cameras' colours."""
AT_ONCE = 512  # decoded photographs in memory
WIDTH = 9  # of a column


class Eye:
    """Sees photographs through a network."""

    def __init__(self, artifact: str) -> None:
        self.predictor = Predictor(artifact)
        model = keras.models.load_model(self.predictor.artifact.model_path, compile=False)
        heads = [
            [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)][-1]
            for network in members_of(model) or [model]
        ]
        self._bias = np.mean([head.get_weights()[1] for head in heads], axis=0)

    def see(self, images: Images) -> Seen:
        parts = [self.predictor.raw(images.pixels[i]) for i in batches(range(len(images.labels)))]
        if "embedding" not in parts[0]:
            raise SystemExit("The network has no embedding: see ml/serving_graph.py.")
        embeddings = np.concatenate([part["embedding"] for part in parts])
        maps = np.concatenate([part["class_maps"].mean(axis=(1, 2)) for part in parts])
        logits = maps + self._bias
        return Seen(embeddings, logits, image_statistics(images.pixels), images.labels)

    def lesions(self, data: Path, records: list[Record]) -> tuple[Seen, Seen]:
        """As they are, and in other cameras' colours."""
        plain, others = [], []
        for number, some in enumerate(batches(records, AT_ONCE)):
            images = load_images(data, some, self.predictor.input_size)
            plain.append(self.see(images))
            others.append(self.see(Images(in_other_colours(images.pixels, number), images.labels)))
        return joined(plain), joined(others)

    def far(self, kind: str, count: int) -> Seen:
        images = [to_pixels(image, self.predictor.input_size) for image in far_images(kind, count)]
        return self.see(Images(np.stack(images), np.full(count, -1)))


def joined(parts: Sequence[Seen]) -> Seen:
    names = ("embeddings", "logits", "statistics", "labels")
    return Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def sides(artifact: Artifact, data: Path) -> tuple[list[Record], list[Record], list[Record]]:
    """Training, the fold that no lesion of which was trained on, and the test part."""
    records, trained_on = read_records(data), artifact.trained_on()
    part = split_by_lesion(records)
    training = [record for record in records if record.lesion_id in trained_on]
    unseen = [record for record in records if record.lesion_id not in trained_on]
    test = [record for record in unseen if part[record.image_id] == "test"]
    held_out = [record for record in unseen if part[record.image_id] != "test"]
    if not (training and held_out and test):
        raise SystemExit("The artefact was not trained on four folds of the split by lesion.")
    return training, held_out, test


def column(
    fit: Fit, training: Seen, held_out: Sides, test: Sides, far: dict[str, Seen]
) -> dict[str, str]:
    """One method's figures."""
    both = joined(held_out)
    distance: Distance = fit(training, both)
    limit = np.quantile(distance(both), 1 - REFUSED)

    def refused(distances: np.ndarray) -> str:
        return f"{(distances > limit).mean():.1%}"

    of_test, of_test_recoloured = (distance(seen) for seen in test)
    of_far = {kind: distance(seen) for kind, seen in far.items()}
    reported = np.concatenate([of_far[kind] for kind in REPORTING])
    truth = np.repeat((0, 1), (len(of_test), len(reported)))
    return {
        "held-out fold": refused(distance(held_out[0])),
        "held-out fold, other colours": refused(distance(held_out[1])),
        "test part, other colours": refused(of_test_recoloured),
        "test part": refused(of_test),
        **{
            f"  {label}": refused(of_test[test[0].labels == index])
            for index, label in enumerate(LABELS)
        },
        **{f"chosen by: {kind}": refused(of_far[kind]) for kind in CHOOSING},
        **{f"reported: {kind}": refused(of_far[kind]) for kind in REPORTING},
        "all reported kinds": refused(reported),
        "AUROC, reported kinds": f"{roc_auc_score(truth, np.append(of_test, reported)):.4f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifact", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40, help="far images of each kind")
    options = parser.parse_args()
    eye = Eye(options.artifact)
    far = {kind: eye.far(kind, options.count) for kind in CHOOSING | REPORTING}
    training, held_out, test = (
        eye.lesions(options.data, side) for side in sides(eye.predictor.artifact, options.data)
    )
    columns = [column(fit, joined(training), held_out, test, far) for fit in METHODS.values()]
    rows = {row: "".join(f"{column[row]:>{WIDTH}}" for column in columns) for row in columns[0]}
    report("in_distribution", {"": "".join(f"{name:>{WIDTH}}" for name in METHODS)} | rows)


if __name__ == "__main__":
    main()
