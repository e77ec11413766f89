"""Where the served network looked: at the lesion, and by virtue of what it has learnt."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from ml.artifact import active_name
from ml.predictor import Predictor
from ml.preprocessing import Pixels, to_pixels
from ml.served_network import served_network
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


def test_the_map_is_denser_on_the_lesion_wherever_that_is(
    served: Predictor, photographs: list[Image.Image], pixels: Pixels
) -> None:
    predictions = served.predict(pixels)
    assert predictions.class_maps is not None
    top = predictions.probabilities.argmax(axis=1)
    for number, photograph in enumerate(photographs):
        heat = Image.fromarray(predictions.class_maps[number, :, :, top[number]].clip(0))
        cells = np.asarray(heat.resize((SIDE, SIDE), Image.Resampling.BICUBIC)).clip(0)
        lesion = is_lesion(photograph)
        assert 0.1 < lesion.mean() < 0.3
        assert cells[lesion].mean() > 1.3 * cells[~lesion].mean()


def test_the_map_comes_from_the_weights(served: Predictor, pixels: Pixels) -> None:
    """The sanity check of Adebayo et al. 2018 (arXiv:1810.03292): shuffled weights, another map."""
    model = keras.models.load_model(served.artifact.model_path, compile=False)
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(rng.permutation(np.asarray(weight).ravel()).reshape(weight.shape))
    shuffled = served_network(model, served.input_size)(pixels)["class_maps"].numpy()
    learnt = served.predict(pixels).class_maps
    assert learnt is not None
    alike = [
        np.corrcoef(learnt[i, ..., label].ravel(), shuffled[i, ..., label].ravel())[0, 1]
        for i in range(len(SHIFTS))
        for label in range(7)
    ]
    assert np.mean(np.abs(alike)) < 0.5
