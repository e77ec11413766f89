from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ml import artifact
from ml.artifact import read_artifact, write_card
from ml.evaluate import evaluate
from ml.ham10000 import DataError
from ml.labels import LABELS
from ml.preprocessing import Pixels
from ml.split import read_split
from tests.ml.conftest import grey_of

CARD = {"name": "grey", "version": "1", "sha256": "", "labels": list(LABELS), "input_size": 32}


class GreyPredictor:
    """Recognises the synthetic data's greys, but takes every melanoma for a nevus."""

    input_size = 32

    def __init__(self, artifact_name: str) -> None:
        assert artifact_name == "grey"

    def predict(self, pixels: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        assert len(pixels) <= 32
        greys = np.array([grey_of(label) for label in LABELS])
        found = np.abs(pixels.mean(axis=(1, 2, 3))[:, None] - greys).argmin(axis=1)
        found[found == LABELS.index("mel")] = LABELS.index("nv")
        return np.eye(len(LABELS))[found]


@pytest.fixture(autouse=True)
def grey_artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    monkeypatch.setattr("ml.evaluate.Predictor", GreyPredictor)
    (tmp_path / "grey").mkdir()
    write_card(tmp_path / "grey", CARD)


@pytest.mark.parametrize("part", ["test", "fold0", "fold4"])
def test_the_figures_of_a_part_are_printed_as_json(
    part: str, ham10000: Path, split: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("grey", ham10000, split, part) == 0
    figures = json.loads(capsys.readouterr().out)
    labels = [record.label for record in read_split(split)[part]]
    assert figures["n"] == len(labels)
    assert figures["n_by_label"] == {label: labels.count(label) for label in LABELS}
    assert figures["recall"] == dict.fromkeys(LABELS, 1.0) | {"mel": 0.0}
    assert figures["accuracy"] == pytest.approx(1 - labels.count("mel") / len(labels))
    assert figures["balanced_accuracy"] == pytest.approx(6 / 7)


def test_the_figures_of_the_test_part_are_noted_in_the_card(
    ham10000: Path, split: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate("grey", ham10000, split, "test")
    figures = json.loads(capsys.readouterr().out)
    assert read_artifact("grey").card == {**CARD, "metrics": {"part": "test", **figures}}


def test_the_figures_of_another_part_are_not_noted(ham10000: Path, split: Path) -> None:
    evaluate("grey", ham10000, split, "fold0")
    assert read_artifact("grey").card == CARD


def test_a_part_that_the_split_lacks_is_named(ham10000: Path, split: Path) -> None:
    with pytest.raises(DataError, match=r"no part 'fold5'.*fold0, fold1, .*, test"):
        evaluate("grey", ham10000, split, "fold5")
