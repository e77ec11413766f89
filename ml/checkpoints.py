"""A training's folder: what it was begun with, its scores, and where it can go on.

`history.csv` decides: it is written last, and the network of its last epoch stays until then, so
that a training killed at any moment goes on from an epoch that is whole.
"""

from __future__ import annotations

import csv
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import keras

from ml.artifact import HISTORY
from ml.ham10000 import DataError
from ml.networks import in_precision

History: TypeAlias = list[dict[str, float]]


class Checkpoints:
    """`folder` with `begun.json`, `history.csv`, `epochN.keras` and `best.weights.h5`.

    `validation.csv` holds what the best one said of the photographs that validated it.
    """

    def __init__(self, folder: Path, begun: dict[str, Any], *, resume: bool) -> None:
        """`begun`: all that decides the result. Raises `DataError` before two trainings mix."""
        self.folder = folder
        self.begun = begun
        self.history = read_history(folder / HISTORY)
        if self.history and not resume:
            raise DataError(
                f"{folder} holds a training of {len(self.history)} epochs: go on with --resume, "
                "name another --run-dir, or delete the folder."
            )
        if self.history:
            _check_same(folder, begun)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "begun.json").write_text(json.dumps(begun, indent=2) + "\n", encoding="utf-8")

    @property
    def best_weights(self) -> Path:
        return self.folder / "best.weights.h5"

    @property
    def validation_answers(self) -> Path:
        return self.folder / "validation.csv"

    @property
    def epochs(self) -> int:
        """How many the training has behind it."""
        return int(self.history[-1]["epoch"]) if self.history else 0

    @property
    def best_row(self) -> int:
        """Index of the row with the best validation accuracy, the first of equals."""
        scores = [row["validation_accuracy"] for row in self.history]
        return scores.index(max(scores))

    def load(self) -> keras.Model:
        """The network and its optimiser as they were after the last whole epoch."""
        return keras.models.load_model(self._network(self.epochs))

    def best(self) -> keras.Model:
        """The network of the best epoch, in float32 and without its optimiser."""
        model = keras.models.load_model(self._network(self.epochs), compile=False)
        model.load_weights(self.best_weights)
        return in_precision(model, "float32")

    def is_best(self, scores: dict[str, float]) -> bool:
        """Whether no epoch until now was as good."""
        score = scores["validation_accuracy"]
        return all(row["validation_accuracy"] < score for row in self.history)

    def save(self, model: keras.Model, scores: dict[str, float]) -> None:
        """Keep the network after an epoch, and its weights where they are the best so far."""
        before, now = self.epochs, int(scores["epoch"])
        _replace(self._network(now), model.save)
        if self.is_best(scores):
            _replace(self.best_weights, model.save_weights)
        self.history.append(scores)
        _replace(self.folder / HISTORY, self._write_history)
        self._network(before).unlink(missing_ok=True)

    def _network(self, epochs: int) -> Path:
        return self.folder / f"epoch{epochs}.keras"

    def _write_history(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(self.history[0]))
            writer.writeheader()
            writer.writerows(self.history)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other trainings out of `folder`; the system lets them in again should this one die.

    Raises `DataError` where another one is at work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"Another training is at work in {folder}.") from error
        yield


def _replace(path: Path, write: Any) -> None:
    """`write` into a file beside `path` (of the same kind: Keras goes by the name), then rename."""
    part = path.with_name(f"part-{path.name}")
    write(part)
    part.replace(path)


def _check_same(folder: Path, begun: dict[str, Any]) -> None:
    before = json.loads((folder / "begun.json").read_text(encoding="utf-8"))
    if other := [key for key in begun if before.get(key) != begun[key]]:
        changes = ", ".join(f"{key} {before.get(key)} (now {begun[key]})" for key in other)
        raise DataError(f"{folder} was begun with {changes}: it can only go on as it began.")


def read_history(path: Path) -> History:
    """A `history.csv`, or nothing where there is none."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
