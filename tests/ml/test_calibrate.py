from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.artifact import Artifact, read_artifact
from ml.calibrate import Seen, _score, calibrate, summary
from ml.evaluate import evaluate
from ml.ham10000 import DataError
from ml.in_distribution import REFUSED, InDistribution
from ml.labels import LABELS
from ml.networks import NETWORKS
from ml.predictor import Predictor
from ml.publish import write_artifact
from ml.train import train
from tests.ml.small_network import RECIPE, small


@pytest.fixture(scope="module")
def calibrated(
    ham10000: Path, split: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Artifact, Artifact]:
    """A small network before and after."""
    folder = tmp_path_factory.mktemp("calibrated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "small", small)
        run = train(replace(RECIPE, epochs=1), ham10000, split, folder / "run", resume=False)
    write_artifact(run, split, folder / "small")
    before = read_artifact(str(folder / "small"))
    evaluate(str(folder / "small"), ham10000, split, "test", folder / "before")
    calibrate(str(folder / "small"), ham10000, split)
    return before, read_artifact(str(folder / "small"))


def test_the_card_gets_temperature_bias_and_operating_points(
    calibrated: tuple[Artifact, Artifact],
) -> None:
    before, after = calibrated
    fitted = after.card["calibration"]
    assert fitted["temperature"] > 0
    assert fitted["temperature"] != 1
    assert list(fitted["bias"]) == list(LABELS)
    assert [point["target"] for point in after.card["operating_points"]] == [
        "mel", "mel", "malignant", "malignant"
    ]  # fmt: skip
    assert {key: after.card[key] for key in before.card} == before.card
    after.verify()


def test_figures_measured_before_are_taken_off_the_card(
    calibrated: tuple[Artifact, Artifact],
) -> None:
    assert "metrics" not in calibrated[1].card


def test_the_predictor_applies_what_the_card_says(calibrated: tuple[Artifact, Artifact]) -> None:
    _, after = calibrated
    predictor = Predictor(str(after.folder))
    shape = 3, RECIPE.size, RECIPE.size, 3
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    fitted = after.card["calibration"]
    bias = np.array([fitted["bias"][label] for label in LABELS])
    raw = predictor.raw(pixels)["probabilities"].astype(np.float64)
    expected = raw ** (1 / fitted["temperature"]) * np.exp(bias)  # the training prior is uniform
    expected /= expected.sum(axis=1, keepdims=True)
    assert predictor.predict(pixels).probabilities == pytest.approx(expected, abs=1e-5)
    skewed = Predictor(str(after.folder), "akiec=1,bcc=1,bkl=1,df=1,mel=1,nv=8,vasc=1")
    nevi = expected * np.where(np.array(LABELS) == "nv", 8, 1)
    nevi /= nevi.sum(axis=1, keepdims=True)
    assert skewed.predict(pixels).probabilities == pytest.approx(nevi, abs=1e-5)


def test_held_out_figures_hold_the_operating_points(
    calibrated: tuple[Artifact, Artifact], ham10000: Path, split: Path, tmp_path: Path
) -> None:
    _, after = calibrated
    scored = evaluate(str(after.folder), ham10000, split, "test", tmp_path)
    noted = read_artifact(str(after.folder)).card["metrics"]["operating_points"]
    assert noted == scored["operating_points"]
    assert [point["threshold"] for point in noted] == [
        point["threshold"] for point in after.card["operating_points"]
    ]
    assert all(point["positives"] > 0 for point in noted)


def test_lesions_that_were_trained_on_are_not_calibrated_on(
    calibrated: tuple[Artifact, Artifact], ham10000: Path, split: Path
) -> None:
    _, after = calibrated
    other = {**after.card, "recipe": {**after.card["recipe"], "validation_fold": 2}}
    card = after.folder / "card.json"
    original = card.read_text()
    try:
        card.write_text(json.dumps(other))
        with pytest.raises(DataError, match=r"was trained on \d+ lesions of the validation"):
            calibrate(str(after.folder), ham10000, split)
    finally:
        card.write_text(original)


def test_the_summary_says_what_was_fitted(calibrated: tuple[Artifact, Artifact]) -> None:
    text = summary(calibrated[1].card)
    assert "log loss on lesions not fitted on: temperature " in text
    assert "mel: threshold " in text


def test_the_score_is_fitted_on_other_cameras_colours_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def seen(count: int) -> Seen:
        plain = rng.normal(size=(count, 4))
        even = np.full((count, 7), 1 / 7)
        return Seen(rng.integers(0, 3, count), even, (plain,), (np.add(plain, (3, 0, 0, 0)),))

    training, held_out = seen(3000), seen(1000)
    noted = _score(Artifact(tmp_path, {}), training, held_out)
    both = noted["refused"], noted["refused_in_other_colours"]
    assert np.mean(both) == pytest.approx(REFUSED, abs=0.002)
    loaded = InDistribution.load(tmp_path / "in_distribution.npz")
    assert both[1] == pytest.approx(np.mean(loaded.score(held_out.other_views) < 0), abs=0.002)
    without = InDistribution.fit(training.views, training.labels, held_out.views)
    assert np.mean(without.score(held_out.other_views) < 0) > 3 * both[1]
