"""Where the served network looked: at the lesion, and by virtue of what it has learnt."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from ml.artifact import active_name
from ml.class_maps import standing_out
from ml.predictor import Predictor
from ml.preprocessing import Pixels, to_pixels
from ml.serving_graph import serving_graph
from tests.images import drawn_lesion

Maps = npt.NDArray[np.float32]

SIDE = 64  # what maps and lesions are compared at
SHIFTS = [(0.0, 0.0), (-0.2, -0.2), (0.2, 0.2), (0.2, -0.2)]


@pytest.fixture(scope="module")
def served() -> Predictor:
    return Predictor(active_name())


def lesion_moved(x: float, y: float) -> Image.Image:
    """A drawn lesion, moved by these shares of the photograph's width and height."""
    drawn = np.asarray(drawn_lesion(0))
    moved = (round(y * drawn.shape[0]), round(x * drawn.shape[1]))
    return Image.fromarray(np.roll(drawn, moved, axis=(0, 1)))


def is_lesion(photograph: Image.Image) -> npt.NDArray[np.bool_]:
    small = photograph.convert("L").resize((SIDE, SIDE)).filter(ImageFilter.GaussianBlur(2))
    return np.asarray(small) < 150


@pytest.fixture(scope="module")
def photographs() -> list[Image.Image]:
    return [lesion_moved(*shift) for shift in SHIFTS]


@pytest.fixture(scope="module")
def pixels(served: Predictor, photographs: list[Image.Image]) -> Pixels:
    return np.stack([to_pixels(photograph, served.input_size) for photograph in photographs])


def test_what_all_classes_or_all_places_have_alike_does_not_stand_out() -> None:
    maps = np.zeros((1, 2, 2, 3), np.float32)
    maps[0, 0, 1] = (6, 0, 0)
    # Less the mean of the three classes: (4, −2, −2), and the mean of the four places is a quarter.
    expected = np.zeros((1, 2, 2, 3), np.float32)
    expected[0, 0, 1, 0] = 3
    for place in ((0, 0), (1, 0), (1, 1)):
        expected[0, *place, 1:] = 0.5
    for_all_classes = np.array([[5, 1], [2, 7]], np.float32)[None, ..., None]
    for_all_places = np.array([1, 9, 4], np.float32)
    assert np.allclose(standing_out(maps + for_all_classes + for_all_places), expected, atol=1e-6)


def test_the_map_lies_on_the_lesion_wherever_that_is(
    served: Predictor, photographs: list[Image.Image], pixels: Pixels
) -> None:
    predictions = served.predict(pixels)
    assert predictions.class_maps is not None
    top = predictions.probabilities.argmax(axis=1)
    shares = []
    for number, photograph in enumerate(photographs):
        heat = Image.fromarray(standing_out(predictions.class_maps[number])[..., top[number]])
        cells = np.asarray(heat.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).clip(0)
        lesion = is_lesion(photograph)
        assert 0.1 < lesion.mean() < 0.3
        shares.append(cells[lesion].sum() / cells.sum())
    assert min(shares) > 0.5


def test_the_map_comes_from_the_weights(served: Predictor, pixels: Pixels) -> None:
    """The sanity check of Adebayo et al. 2018 (arXiv:1810.03292): shuffled weights, another map."""
    model = keras.models.load_model(served.artifact.model_path, compile=False)
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(rng.permutation(np.asarray(weight).ravel()).reshape(weight.shape))
    shuffled = np.asarray(serving_graph(model)(pixels.astype(np.float32))["class_maps"])
    learnt = served.predict(pixels).class_maps
    assert learnt is not None
    alike = [
        np.corrcoef(learnt[i, ..., label].ravel(), shuffled[i, ..., label].ravel())[0, 1]
        for i in range(len(SHIFTS))
        for label in range(7)
    ]
    assert np.mean(np.abs(alike)) < 0.5
