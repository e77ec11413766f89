"""A finished training → an artefact: network, card, history, and the lesions it has seen."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ml.artifact import (
    HISTORY,
    MODEL,
    TRAINED_ON,
    identity,
    replacing,
    sha256_of,
    write_card,
)
from ml.checkpoints import Checkpoints
from ml.compile import compile_artifact
from ml.labels import LABELS, by_label
from ml.sampling import training_prior
from ml.split import Sides, read_split, training_and_validation

LICENCE = (
    "Trained on HAM10000 (Tschandl, Rosendahl & Kittler 2018, doi:10.1038/sdata.2018.161), which "
    "is CC BY-NC 4.0: non-commercial use only, with attribution."
)


def write_artifact(checkpoints: Checkpoints, split: Path, folder: Path) -> None:
    """Write the best epoch beside `folder`, then put it in its place: never half an artefact.

    Raises `ArtifactError` where `folder` names a version that is there already.
    """
    name, version = identity(folder)
    begun = checkpoints.begun
    sides = training_and_validation(
        read_split(split), begun["validation_fold"], begun["left_out_fold"]
    )
    model = checkpoints.best()

    with replacing(folder) as part:
        model.save(part / MODEL)
        shutil.copy(checkpoints.folder / HISTORY, part / HISTORY)
        lesions = sorted({record.lesion_id for record in sides.training})
        (part / TRAINED_ON).write_text("\n".join(lesions) + "\n", encoding="utf-8")
        of = {"name": name, "version": version}
        write_card(part, of | _card(part / MODEL, model, checkpoints, sides))
        compile_artifact(part)


def _card(
    network: Path, model: keras.Model, checkpoints: Checkpoints, sides: Sides
) -> dict[str, Any]:
    begun = checkpoints.begun
    labels = np.array([LABELS.index(record.label) for record in sides.training])
    prior = training_prior(labels, begun["sampling"])
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "labels": list(LABELS),
        "input_size": begun["size"],
        "sha256": sha256_of(network),
        "parameters": model.count_params(),
        "training_prior": by_label(prior.round(6)),
        "data": {
            "name": "HAM10000",
            "split": begun["split"],
            "split_sha256": begun["split_sha256"],
            "training_images": len(sides.training),
            "validation_images": len(sides.validation),
        },
        "recipe": {key: begun[key] for key in begun if not key.startswith("split")},
        "validation": checkpoints.history[checkpoints.best_row],
        "licence": LICENCE,
    }
