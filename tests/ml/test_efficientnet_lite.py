from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml.efficientnet_lite import SCALES, efficientnet_lite
from ml.ham10000 import DataError
from ml.pytorch_file import read_state
from tests.ml.pytorch_state import save, state_of

PARAMETERS = {"efficientnet-lite0": 3_413_024, "efficientnet-lite2": 4_869_168}
"""Of the published networks, without the 1,000 classes' layer."""


@pytest.mark.parametrize("name", SCALES)
def test_it_has_the_published_size(name: str) -> None:
    model = efficientnet_lite(name, 64, None)
    assert model.count_params() == PARAMETERS[name]
    assert model.output_shape == (None, 2, 2, 1280)


def test_weights_that_pytorch_saved_are_its_own(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = efficientnet_lite("efficientnet-lite0", 64, None)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1, one.shape) for one in model.get_weights()])
    save(tmp_path / "lite0.pth", state_of(model))
    loaded = efficientnet_lite("efficientnet-lite0", 64, tmp_path / "lite0.pth")
    pairs = zip(loaded.get_weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(found, given) for found, given in pairs)


def test_arrays_are_read_however_they_lie(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    save(tmp_path / "state.pth", {"a": array.transpose(2, 0, 1), "b": array[1], "n": np.array(7)})
    state = read_state(tmp_path / "state.pth")
    assert list(state) == ["a", "b", "n"]
    assert np.array_equal(state["a"], array.transpose(2, 0, 1))
    assert np.array_equal(state["b"], array[1])
    assert state["n"] == 7


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(Runs()), pickle.dumps(1)])
def test_any_other_file_is_refused_and_runs_nothing(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"other\.pth is no state of a network"):
        read_state(path)
    assert capsys.readouterr().out == ""


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.pth"
    save(path, {"a": np.ones((4, 5), np.float32)})
    whole = path.read_bytes()
    for length in (len(whole) - 1, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"state\.pth is no state of a network"):
            read_state(path)
