from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml import artifact
from ml.artifact import HISTORY, TRAINED_ON, read_artifact, write_card
from ml.evaluate import evaluate, summary
from ml.ham10000 import DataError
from ml.labels import LABELS
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from ml.split import read_split, split_sha256
from tests.ml.conftest import grey_of

CARD = {
    "name": "grey",
    "version": "1",
    "sha256": "",
    "labels": list(LABELS),
    "input_size": 32,
    "data": {"split": "lesion"},
}
ROWS = "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy\n1,2,0.2,2,0.3\n"


class GreyPredictor:
    """Recognises the synthetic data's greys, but takes every melanoma for a nevus."""

    input_size = 32

    def __init__(self, artifact_name: str) -> None:
        assert artifact_name == "grey"

    def predict(self, pixels: Pixels) -> Predictions:
        assert len(pixels) <= 32
        greys = np.array([grey_of(label) for label in LABELS])
        found = np.abs(pixels.mean(axis=(1, 2, 3))[:, None] - greys).argmin(axis=1)
        found[found == LABELS.index("mel")] = LABELS.index("nv")
        return Predictions(np.eye(len(LABELS))[found])


@pytest.fixture(autouse=True)
def grey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: Path) -> Path:
    """An artefact that was trained on all but the test part and fold 0."""
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    monkeypatch.setattr("ml.evaluate.Predictor", GreyPredictor)
    folder = tmp_path / "grey"
    folder.mkdir()
    write_card(folder, CARD)
    parts = read_split(split)
    lesions = {r.lesion_id for part in parts if part not in ("test", "fold0") for r in parts[part]}
    (folder / TRAINED_ON).write_text("\n".join(sorted(lesions)))
    (folder / HISTORY).write_text(ROWS)
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "new" / "output"


@pytest.mark.parametrize("part", ["test", "fold0", "fold4"])
def test_the_figures_of_a_part_are_written(
    part: str, ham10000: Path, split: Path, output: Path
) -> None:
    scored = evaluate("grey", ham10000, split, part, output)
    assert json.loads((output / "metrics.json").read_text()) == scored
    labels = [record.label for record in read_split(split)[part]]
    assert scored["n"] == len(labels)
    assert {label: row["n"] for label, row in scored["by_class"].items()} == {
        label: labels.count(label) for label in LABELS
    }
    assert scored["figures"]["accuracy"] == pytest.approx(1 - labels.count("mel") / len(labels))
    assert scored["figures"]["balanced_accuracy"] == pytest.approx(6 / 7)
    assert scored["split"] == {"name": "lesion", "sha256": split_sha256(split), "part": part}
    attributes = {row["attribute"] for row in scored["subgroups"]}
    assert {"sex", "age", "body site", "diagnosis confirmed by"} <= attributes


def test_the_plots_are_images(ham10000: Path, split: Path, output: Path) -> None:
    evaluate("grey", ham10000, split, "test", output)
    images = sorted(output.glob("*.png"))
    names = ["confusion", "curves", "reliability", "roc"]
    assert [path.stem for path in images] == names
    for path in images:
        with Image.open(path) as image:
            assert min(image.size) > 300
            colours = image.convert("RGB").getcolors(maxcolors=1_000_000)
        assert colours is not None
        assert len(colours) > 20  # something is drawn


def test_without_a_history_there_are_no_training_curves(
    ham10000: Path, split: Path, output: Path, grey: Path
) -> None:
    (grey / HISTORY).unlink()
    evaluate("grey", ham10000, split, "test", output)
    assert not (output / "curves.png").exists()


def test_the_figures_of_the_held_out_part_are_noted_in_the_card(
    ham10000: Path, split: Path, output: Path
) -> None:
    scored = evaluate("grey", ham10000, split, "test", output)
    assert scored["trained_on"] == {"photographs": 0, "share": 0, "share_of_melanomas": 0}
    card = read_artifact("grey").card
    assert {key: card[key] for key in CARD} == CARD
    assert card["metrics"]["n"] == scored["n"]
    assert card["metrics"]["recall"] == dict.fromkeys(LABELS, 1.0) | {"mel": 0.0}
    assert card["metrics"]["balanced_accuracy"] == pytest.approx(6 / 7)
    assert "NOT HELD OUT" not in summary(scored)


def test_the_figures_of_another_part_are_not_noted(
    ham10000: Path, split: Path, output: Path
) -> None:
    evaluate("grey", ham10000, split, "fold0", output)
    assert read_artifact("grey").card == CARD


def test_figures_on_lesions_that_were_trained_on_are_marked_and_not_noted(
    ham10000: Path, split: Path, output: Path, grey: Path
) -> None:
    # One melanoma's lesion of the test part was trained on.
    test = read_split(split)["test"]
    lesion = next(record.lesion_id for record in test if record.label == "mel")
    seen = [record for record in test if record.lesion_id == lesion]
    (grey / TRAINED_ON).write_text(lesion + "\n")
    scored = evaluate("grey", ham10000, split, "test", output)
    melanomas = sum(record.label == "mel" for record in test)
    assert scored["trained_on"] == {
        "photographs": len(seen),
        "share": len(seen) / len(test),
        "share_of_melanomas": len(seen) / melanomas,
    }
    rows: dict[str, Any] = {
        row["value"]: row
        for row in scored["subgroups"]
        if row["attribute"] == "lesion was trained on"
    }
    assert {value: row["n"] for value, row in rows.items()} == {
        "yes": len(seen),
        "no": len(test) - len(seen),
    }
    assert "NOT HELD OUT" in summary(scored)
    assert read_artifact("grey").card == CARD


def test_an_artefact_that_does_not_say_what_it_was_trained_on_gets_no_figures_in_its_card(
    ham10000: Path, split: Path, output: Path, grey: Path
) -> None:
    (grey / TRAINED_ON).unlink()
    evaluate("grey", ham10000, split, "test", output)
    assert read_artifact("grey").card == CARD


def test_a_part_that_the_split_lacks_is_named(ham10000: Path, split: Path, output: Path) -> None:
    with pytest.raises(DataError, match=r"no part 'fold5'.*fold0, fold1, .*, test"):
        evaluate("grey", ham10000, split, "fold5", output)
    assert not output.exists()
