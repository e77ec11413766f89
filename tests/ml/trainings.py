"""Trainings of the small network."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml import train
from ml.artifact import Artifact, read_artifact
from ml.publish import write_artifact
from tests.ml.small_network import RECIPE


def run_training(
    ham10000: Path, split: Path, run: Path, *, resume: bool = False, **changes: Any
) -> Artifact:
    recipe = replace(RECIPE, **changes)
    write_artifact(
        train.train(recipe, ham10000, split, run, resume=resume), split, run / "artifact"
    )
    return read_artifact(str(run / "artifact"))


def history_of(run: Path) -> list[dict[str, float]]:
    with (run / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
