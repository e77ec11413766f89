from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml.labels import LABELS, by_label
from ml.predict import predict_files, print_predictions
from ml.predictions import Predictions
from ml.predictor import Predictor
from ml.preprocessing import Pixels, load_pixels
from tests.images import encoded, lesion


class Counting(Predictor):
    """The reference network, loaded once, which notes how many photographs each call held."""

    def __init__(self, predictor: Predictor) -> None:
        self.artifact = predictor.artifact
        self.original = predictor
        self.sizes: list[int] = []

    def predict(self, pixels: Pixels) -> Predictions:
        self.sizes.append(len(pixels))
        return self.original.predict(pixels)


@pytest.fixture
def counting(predictor: Predictor) -> Counting:
    return Counting(predictor)


def photographs(folder: Path, count: int) -> list[Path]:
    """Files whose names say nothing of their order."""
    paths = [folder / f"{(number * 7) % 100:02}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(encoded(lesion(80, 80, (2 * number, 60, 50), seed=number)))
    return paths


def test_a_result_has_exactly_the_keys_of_the_contract(counting: Counting, tmp_path: Path) -> None:
    (path,) = photographs(tmp_path, 1)
    (result,) = predict_files(counting, [path])
    assert list(result) == ["file", "label", "probability", "probabilities", "in_distribution"]
    assert result["file"] == str(path)
    assert tuple(result["probabilities"]) == LABELS
    assert sum(result["probabilities"].values()) == pytest.approx(1, abs=1e-9)
    assert result["probability"] == max(result["probabilities"].values())
    assert result["probabilities"][result["label"]] == result["probability"]


def test_many_files_are_classified_in_batches_and_in_order(
    counting: Counting, tmp_path: Path
) -> None:
    paths = photographs(tmp_path, 70)
    results = list(predict_files(counting, paths))
    assert counting.sizes == [32, 32, 6]
    assert [result["file"] for result in results] == [str(path) for path in paths]
    for number in (0, 1, 31, 32, 69):
        alone = counting.original.predict(load_pixels(paths[number], 224)[None])
        assert results[number]["probabilities"] == pytest.approx(
            by_label(alone.probabilities[0]), abs=1e-5
        )


def test_a_bad_file_does_not_touch_the_others(counting: Counting, tmp_path: Path) -> None:
    good = photographs(tmp_path, 3)
    expected = {result["file"]: result for result in predict_files(counting, good)}
    broken, missing = tmp_path / "broken.jpg", tmp_path / "missing.jpg"
    broken.write_bytes(encoded()[:1500])
    results = list(predict_files(counting, [broken, good[0], missing, good[1], good[2], broken]))
    for index in (1, 3, 4):
        path = results[index]["file"]
        before = expected[path]["probabilities"]
        assert results[index]["probabilities"] == pytest.approx(before, abs=1e-5)
    damaged = "The photograph is damaged or incomplete and cannot be read."
    assert results[0] == results[5] == {"file": str(broken), "error": damaged}
    assert results[2] == {"file": str(missing), "error": "There is no such file."}
    assert counting.sizes == [3, 3]


def test_only_bad_files_do_not_call_the_network(counting: Counting, tmp_path: Path) -> None:
    results = list(predict_files(counting, [tmp_path / f"{number}" for number in range(40)]))
    assert len(results) == 40
    assert counting.sizes == []


@pytest.fixture
def printed(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """`print_predictions` without loading the network again → (status, what it printed)."""
    monkeypatch.setattr("ml.predict.Predictor", lambda _: counting)

    def call(files: list[Path], *, as_json: bool) -> tuple[int, str]:
        status = print_predictions("alexnet", files, as_json=as_json)
        return status, capsys.readouterr().out

    return call


def test_json_is_one_object_a_line(printed: Any, tmp_path: Path) -> None:
    paths = photographs(tmp_path, 3)
    status, output = printed(paths, as_json=True)
    assert status == 0
    assert [json.loads(line)["file"] for line in output.splitlines()] == [str(p) for p in paths]


def test_a_bad_file_shows_in_the_exit_status(printed: Any, tmp_path: Path) -> None:
    good, bad = photographs(tmp_path, 1)[0], tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    for files in ([good, bad], [bad, good]):
        status, output = printed(files, as_json=True)
        assert status == 1
        results = {item["file"]: item for item in map(json.loads, output.splitlines())}
        assert "label" in results[str(good)]
        assert set(results[str(bad)]) == {"file", "error"}


def test_people_read_ranked_percentages_and_long_names(printed: Any, tmp_path: Path) -> None:
    good, bad = photographs(tmp_path, 1)[0], tmp_path / "bad.jpg"
    status, output = printed([good, bad], as_json=False)
    lines = output.splitlines()
    assert status == 1
    assert lines[0] == str(good)
    assert lines[-1] == f"{bad}: There is no such file."
    percentages = [float(line.split("%")[0]) for line in lines[1:-1]]
    assert len(percentages) == 7
    assert percentages == sorted(percentages, reverse=True)
    assert sum(percentages) == pytest.approx(100, abs=0.5)
    assert any(line.endswith("%  Melanocytic nevus") for line in lines)
