"""A trained network on disk: a folder with `model.keras`, `card.json` and how it came to be.

`served.tflite` is the same network compiled: what predictions are made with. `history.csv` holds
the scores of each epoch, `trained_on.txt` the lesions that it was trained on, and
`in_distribution.npz` what tells photographs like those from others, where `calibrate` fitted it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.labels import LABELS

ARTIFACTS = Path(__file__).parent / "artifacts"
MODEL = "model.keras"
SERVED = "served.tflite"
CARD = "card.json"
HISTORY = "history.csv"
TRAINED_ON = "trained_on.txt"
IN_DISTRIBUTION = "in_distribution.npz"


class ArtifactError(Exception):
    """The artefact is missing, incomplete or altered; the message says which."""


@dataclass(frozen=True)
class Artifact:
    """A folder whose card has been read; `verify` has to be called before its network is used."""

    folder: Path
    card: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.card["name"])

    @property
    def version(self) -> str:
        return str(self.card["version"])

    @property
    def sha256(self) -> str:
        return str(self.card["sha256"])

    @property
    def input_size(self) -> int:
        """Width and height of the network's input, in pixels."""
        return int(self.card["input_size"])

    @property
    def model_path(self) -> Path:
        return self.folder / MODEL

    @property
    def served_path(self) -> Path:
        return self.folder / SERVED

    def trained_on(self) -> set[str]:
        """The lesions that the network was trained on; empty where the artefact does not say."""
        path = self.folder / TRAINED_ON
        return set(path.read_text(encoding="utf-8").split()) if path.is_file() else set()

    def verify(self) -> None:
        """Raises `ArtifactError` unless the network is the one that the card describes."""
        if self.card["labels"] != list(LABELS):
            raise ArtifactError(f"{self.folder}: the card's labels are not {', '.join(LABELS)}.")
        for name, sha256 in self._described().items():
            path = self.folder / name
            if not path.is_file():
                raise ArtifactError(f"{self.folder}: {name} is missing.")
            if sha256_of(path) != sha256:
                raise ArtifactError(
                    f"{self.folder}: {name} is not the file that the card describes."
                )

    def _described(self) -> dict[str, str]:
        """The files that an answer depends on, with the sha256 that the card states."""
        if "served" not in self.card:
            raise ArtifactError(
                f"{self.folder} is not compiled: `python -m ml compile --artifact {self.folder}/`."
            )
        files = {MODEL: self.sha256, SERVED: str(self.card["served"].get("sha256", ""))}
        if score := self.card.get("in_distribution"):
            files[IN_DISTRIBUTION] = str(score.get("sha256", ""))
        return files


def active_name() -> str:
    """The artefact that a fresh installation serves."""
    return (ARTIFACTS / "ACTIVE").read_text(encoding="utf-8").strip()


def read_artifact(name: str) -> Artifact:
    """Read the card of `ml/artifacts/NAME`, or of a folder anywhere. Raises `ArtifactError`.

    A path is told from a name by its slash: `var/ml/runs/alexnet-seed/artifact`, `./mine`.
    """
    folder = Path(name) if "/" in name else ARTIFACTS / name
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(path.parent.name for path in ARTIFACTS.glob(f"*/{CARD}")))
        raise ArtifactError(f"There is no artefact {name!r}; there are: {known}.") from error
    except ValueError as error:
        raise ArtifactError(f"{folder / CARD} is not valid JSON.") from error
    if not isinstance(card, dict):
        raise ArtifactError(f"{folder / CARD} is no JSON object.")
    missing = {"name", "version", "sha256", "labels", "input_size"} - set(card)
    if missing:
        raise ArtifactError(f"{folder / CARD} lacks {', '.join(sorted(missing))}.")
    return Artifact(folder, card)


def identity(folder: Path) -> tuple[str, str]:
    """Name and version of an artefact about to be written to `folder`.

    `NAME-VERSION` says both, and what is there stays: raises `ArtifactError`. In a folder without a
    version an artefact is followed by the next one, so that no two networks share a version.
    """
    name, _, version = folder.name.rpartition("-")
    there = (folder / CARD).is_file()
    if name and version.isdigit():
        if there:
            raise ArtifactError(f"{folder} is there, and a version never changes: name the next.")
        return name, version
    if not there:
        return folder.name, "1"
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return folder.name, str(int(card["version"]) + 1)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` at the end: never half an artefact."""
    part, old = (folder.with_name(f"{folder.name}.{end}") for end in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Replace the card in one step, so that no reader sees half of it."""
    part = folder / f"{CARD}.part"
    part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / CARD)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
