"""Trained artefacts → one artefact made of them all: see `ml.ensemble` and `ml.average`."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from ml.artifact import (
    MODEL,
    TRAINED_ON,
    Artifact,
    ArtifactError,
    identity,
    replacing,
    sha256_of,
    write_card,
)
from ml.average import AverageError, average
from ml.compile import compile_artifact
from ml.ensemble import EnsembleError, ensemble
from ml.labels import LABELS

OF_A_MEMBER = ("name", "version", "sha256", "recipe", "validation", "members")
ALIKE = ("training_prior", "data")
"""What the members' cards must agree on: the same draws of the same photographs."""


def write_ensemble(members: list[Artifact], folder: Path) -> None:
    """Write it in one step. Nothing that was fitted to or measured of a member stays.

    Raises `ArtifactError` where the members do not go together or `folder` is taken.
    """
    _write("ensemble", ensemble, members, folder)


def write_average(members: list[Artifact], size: int, folder: Path) -> None:
    """The same for the mean of their weights, at an input of that size."""
    _write("average", lambda models, name: average(models, size, name), members, folder)


def _write(
    kind: str,
    build: Callable[[list[keras.Model], str], keras.Model],
    members: list[Artifact],
    folder: Path,
) -> None:
    name, version = identity(folder)
    lesions = _lesions(members)
    models = [keras.models.load_model(member.model_path, compile=False) for member in members]
    try:
        model = build(models, name)
    except (EnsembleError, AverageError) as error:
        raise ArtifactError(str(error)) from error

    with replacing(folder) as part:
        model.save(part / MODEL)
        (part / TRAINED_ON).write_text("\n".join(sorted(lesions)) + "\n", encoding="utf-8")
        card = _card(kind, part / MODEL, model, members)
        write_card(part, {"name": name, "version": version} | card)
        compile_artifact(part)


def _lesions(members: list[Artifact]) -> set[str]:
    """Those that trained the members: the same ones, or a validation lesion might be among them."""
    first, *others = members
    for other in others:
        unlike = [key for key in ALIKE if other.card.get(key) != first.card.get(key)]
        if unlike or other.trained_on() != first.trained_on():
            raise ArtifactError(
                f"{first.name} and {other.name} were not trained on the same photographs: "
                f"{' and '.join(unlike) or 'other lesions'}."
            )
    return first.trained_on()


def _card(kind: str, network: Path, model: keras.Model, members: list[Artifact]) -> dict[str, Any]:
    first = members[0].card
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "labels": list(LABELS),
        "input_size": model.input_shape[1],
        "sha256": sha256_of(network),
        "parameters": model.count_params(),
        "training_prior": first["training_prior"],
        "data": first["data"],
        "recipe": {
            "network": kind,
            "members": ", ".join(f"{member.name} {member.version}" for member in members),
            "validation_fold": first["recipe"]["validation_fold"],
        },
        "members": [
            {key: member.card[key] for key in OF_A_MEMBER if key in member.card}
            for member in members
        ],
        "licence": first["licence"],
    }
