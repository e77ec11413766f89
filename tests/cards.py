"""A network's card with all that a card may say, and as an artefact on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ml.artifact import IN_DISTRIBUTION, MODEL, SERVED, write_card
from ml.labels import LABELS

Card = dict[str, Any]


def _point(target: str, aim: float, threshold: float, measured: tuple[float, float]) -> Card:
    sensitivity, specificity = measured
    return {
        "target": target,
        "sensitivity": aim,
        "threshold": threshold,
        "measured": {"sensitivity": sensitivity, "specificity": specificity},
    }


_ON_VALIDATION = [
    _point("mel", 0.95, 0.08, (0.951, 0.61)),
    _point("mel", 0.9, 0.15, (0.906, 0.72)),
    _point("malignant", 0.95, 0.2, (0.952, 0.55)),
    _point("malignant", 0.9, 0.3, (0.901, 0.68)),
]
_HELD_OUT = [
    _point("mel", 0.95, 0.08, (0.937, 0.594)),
    _point("mel", 0.9, 0.15, (0.88, 0.7)),
    _point("malignant", 0.95, 0.2, (0.949, 0.53)),
    _point("malignant", 0.9, 0.3, (0.89, 0.66)),
]
_LABELS = {"mel": ["mel"], "malignant": ["akiec", "bcc", "mel"]}

CARD: Card = {
    "name": "testnet",
    "version": "3",
    "date": "2026-11-20",
    "labels": list(LABELS),
    "input_size": 224,
    "parameters": 7_654_321,
    "training_prior": dict.fromkeys(LABELS, 1 / 7),
    "calibration": {
        "temperature": 1.3,
        "bias": dict.fromkeys(LABELS, 0.0),
        "fitted_on": "1,693 validation photographs",
    },
    "data": {
        "name": "HAM10000",
        "split": "lesion",
        "split_sha256": "c72d" + "0" * 60,
        "training_images": 6833,
        "validation_images": 1693,
    },
    "recipe": {"network": "testnet", "epochs": 7, "learning_rate": 0.0006, "patience": None},
    "operating_points": [
        {**point, "labels": _LABELS[point["target"]], "positives": 160, "negatives": 1500}
        for point in _ON_VALIDATION
    ],
    "in_distribution": {"method": "distance to the training photographs", "refused": 0.05},
    "licence": "Trained on HAM10000, which is CC BY-NC 4.0.",
    "metrics": {
        "part": "test",
        "n": 1489,
        "lesions": 1121,
        "accuracy": 0.6367,
        "balanced_accuracy": 0.7104,
        "macro_auc": 0.9193,
        "malignant_auc": 0.8476,
        "intervals": {
            "accuracy": [0.609, 0.666],
            "balanced_accuracy": [0.655, 0.751],
            "macro_auc": [0.908, 0.931],
            "malignant_auc": [0.82, 0.875],
        },
        "recall": dict(zip(LABELS, (0.65, 0.72, 0.61, 0.79, 0.64, 0.68, 0.92), strict=True)),
        "operating_points": _HELD_OUT,
        "ece_uniform_prior": 0.0312,
        "ece_ham10000_prior": 0.0158,
        "refused": 0.0531,
        # Of each class three in four are right; the rest is taken for the next class.
        "confusion": [
            [75 if true == found else 25 if found == (true + 1) % 7 else 0 for found in range(7)]
            for true in range(7)
        ],
        "subgroups": [
            {
                "attribute": "sex",
                "value": "female",
                "n": 700,
                "classes": 7,
                "melanomas": 80,
                "accuracy": 0.651,
                "balanced_accuracy": 0.702,
                "malignant_auc": 0.861,
            },
            {
                "attribute": "sex",
                "value": "unknown",
                "n": 9,
                "classes": 1,
                "melanomas": 0,
                "accuracy": 0.889,
            },
        ],
    },
}


def write_artifact(folder: Path, **changes: Any) -> Path:
    """An artefact with `CARD`, for predictors that load no network; changed, it is another one."""
    folder.mkdir(parents=True)
    card = {**CARD, **changes, "served": {}, "in_distribution": {**CARD["in_distribution"]}}
    entries = {MODEL: card, SERVED: card["served"], IN_DISTRIBUTION: card["in_distribution"]}
    for name, entry in entries.items():
        content = f"no {name} of {card['name']} {card['version']}".encode()
        (folder / name).write_bytes(content)
        entry["sha256"] = hashlib.sha256(content).hexdigest()
    write_card(folder, card)
    return folder
