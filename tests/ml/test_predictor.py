from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from ml.artifact import ArtifactError, read_artifact
from ml.ham10000 import IMAGE_FOLDERS, Record
from ml.images import load_images
from ml.labels import LABELS, by_label
from ml.predict import print_predictions
from ml.predictor import Predictor, batches
from ml.preprocessing import Pixels, to_pixels
from tests.images import encoded, lesion


@pytest.fixture(scope="module")
def photographs() -> Pixels:
    """Five different ones, so that rows that changed places would show."""
    colours = ((110, 60, 50), (30, 20, 20), (200, 90, 80), (90, 90, 140), (160, 110, 60))
    return np.stack([to_pixels(lesion(400, 300, colour), 224) for colour in colours])


def test_probabilities_sum_to_1_in_double_precision(
    predictor: Predictor, photographs: Pixels
) -> None:
    probabilities = predictor.predict(photographs).probabilities
    assert probabilities.shape == (5, len(LABELS))
    assert probabilities.dtype == np.float64
    assert probabilities.min() >= 0
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-12


def test_a_batch_gives_what_single_calls_give(predictor: Predictor, photographs: Pixels) -> None:
    together = predictor.predict(photographs).probabilities
    alone = np.concatenate([predictor.predict(one[None]).probabilities for one in photographs])
    assert np.abs(together - alone).max() < 1e-5
    assert len(np.unique(together.round(4), axis=0)) == len(photographs)


def test_the_compiled_call_agrees_with_keras(predictor: Predictor, photographs: Pixels) -> None:
    model = keras.models.load_model(read_artifact("alexnet").model_path, compile=False)
    expected = np.asarray(model(photographs.astype(np.float32), training=False))
    assert np.abs(predictor.predict(photographs).probabilities - expected).max() < 1e-4


def test_training_and_serving_give_the_same_probabilities(
    predictor: Predictor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file through the training's own input and network, and through the command line."""
    folder = tmp_path / IMAGE_FOLDERS[0]
    folder.mkdir()
    records = [Record(f"ISIC_{number}", f"HAM_{number}", "nv") for number in range(3)]
    for number, record in enumerate(records):
        content = encoded(lesion(600 + 200 * number, 450, (60 + 60 * number, 60, 50)))
        (folder / f"{record.image_id}.jpg").write_bytes(content)
    model = keras.models.load_model(predictor.artifact.model_path)
    validated = model.predict(load_images(tmp_path, records, 224).pixels, verbose=0)

    files = [folder / f"{record.image_id}.jpg" for record in records]
    assert print_predictions("alexnet", files, as_json=True) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    served = np.array([[line["probabilities"][label] for label in LABELS] for line in lines])
    assert np.abs(served - validated).max() < 1e-5
    assert np.ptp(served, axis=0).max() > 0.001


def test_a_network_that_the_card_does_not_describe_is_not_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml.artifact.sha256_of", lambda _: "another")
    monkeypatch.setattr("ml.predictor.ServedNetwork", lambda *_: pytest.fail("loaded"))
    with pytest.raises(ArtifactError, match="not the file that the card describes"):
        Predictor("alexnet")


def test_predicting_imports_no_tensorflow() -> None:
    program = "import sys, ml.predictor; print(*{name.partition('.')[0] for name in sys.modules})"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ai_edge_litert" in printed
    assert not set(printed) & {"tensorflow", "keras", "sklearn", "scipy"}


def test_probabilities_are_named_in_the_order_of_the_labels() -> None:
    named = by_label(np.arange(7.0))
    assert named == {"akiec": 0, "bcc": 1, "bkl": 2, "df": 3, "mel": 4, "nv": 5, "vasc": 6}
    assert tuple(named) == LABELS


def test_batches_hold_all_items_in_order() -> None:
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches(range(4), 2)) == [[0, 1], [2, 3]]
    assert list(batches([], 2)) == []
    assert [len(batch) for batch in batches(range(70))] == [32, 32, 6]


def test_a_batch_is_taken_only_when_it_is_wanted() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    next(batches(items(), 4))
    assert taken == [0, 1, 2, 3]
