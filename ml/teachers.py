"""What other networks say of photographs that did not train them, as what a network learns from.

Distillation (Hinton et al. 2015, arXiv:1503.02531), cross-fitted: a teacher that had learnt a
photograph by heart would repeat its label.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from ml.epochs import Floats
from ml.ham10000 import DataError, Record, named, read_rows
from ml.labels import LABELS
from ml.metrics import Probabilities


def write_answers(path: Path, records: list[Record], probabilities: Probabilities) -> None:
    """A CSV: image, and a network's raw probabilities in `LABELS`' order."""
    part = path.with_name(f"part-{path.name}")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image_id", *LABELS))
        for record, row in zip(records, probabilities, strict=True):
            writer.writerow((record.image_id, *(f"{one:.6f}" for one in row)))
    part.replace(path)


def targets_for(records: list[Record], teachers: Iterable[Path], share: float) -> Floats:
    """(n, 7): the label, and for `share` of it the mean of the teachers' answers.

    Raises `DataError` where no teacher answers for a photograph.
    """
    labels = [LABELS.index(record.label) for record in records]
    targets: Floats = keras.utils.to_categorical(labels, len(LABELS)).astype(np.float32)
    if not share:
        return targets
    answers: dict[str, list[list[float]]] = {}
    for teacher in teachers:
        for row in read_rows(teacher, ("image_id", *LABELS)):
            answers.setdefault(row["image_id"], []).append([float(row[one]) for one in LABELS])
    if missing := [one.image_id for one in records if one.image_id not in answers]:
        raise DataError(f"No teacher answers for {len(missing)} photographs: {named(missing)}.")
    taught = np.array([np.mean(answers[one.image_id], axis=0) for one in records], np.float32)
    return (1 - share) * targets + share * taught
