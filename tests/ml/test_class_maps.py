"""Where the served network looked: at the lesion, and by virtue of what it has learnt."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ml.artifact import active_name
from ml.predictor import Predictor
from ml.preprocessing import Pixels, to_pixels
from ml.served_network import served_network
from tests.images import drawn_lesion

Maps = npt.NDArray[np.float32]

WIDTH, HEIGHT = 600, 450
SHARE = 0.5  # of the photograph's width and height that the lesion's patch takes
PLACES = [(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)]


@pytest.fixture(scope="module")
def served() -> Predictor:
    return Predictor(active_name())


@pytest.fixture(scope="module")
def pixels(served: Predictor) -> Pixels:
    """The same drawn lesion on plain skin, at each of `PLACES`."""
    return np.stack([to_pixels(lesion_at(*place), served.input_size) for place in PLACES])


def lesion_at(x: float, y: float) -> Image.Image:
    """`x` and `y`: 0–1 of the way to the right and down."""
    noise = np.random.default_rng(0).normal(0, 3, (HEIGHT, WIDTH, 3))
    skin = Image.fromarray((np.array((226, 178, 158)) + noise).clip(0, 255).astype(np.uint8))
    patch = drawn_lesion(0, round(WIDTH * SHARE), round(HEIGHT * SHARE))
    skin.paste(patch, (round(x * (WIDTH - patch.width)), round(y * (HEIGHT - patch.height))))
    return skin


def positive_maps(predictor: Predictor, pixels: Pixels) -> Maps:
    """Of each photograph the map of its most probable class, without what speaks against it."""
    predictions = predictor.predict(pixels)
    assert predictions.class_maps is not None
    top = predictions.probabilities.argmax(axis=1)
    return predictions.class_maps[np.arange(len(top)), :, :, top].clip(0)


def test_the_mass_lies_on_the_lesion_wherever_that_is(served: Predictor, pixels: Pixels) -> None:
    inside = []
    for (x, y), heat in zip(PLACES, positive_maps(served, pixels), strict=True):
        cells = np.asarray(Image.fromarray(heat).resize((100, 100), Image.Resampling.NEAREST))
        left, top = (round(100 * (1 - SHARE) * way) for way in (x, y))
        side = round(100 * SHARE)
        inside.append(cells[top : top + side, left : left + side].sum() / cells.sum())
    # The patch is a quarter of the photograph: so much chance alone would put there.
    assert np.mean(inside) > 0.6
    assert min(inside) > 0.35


def test_the_map_comes_from_the_weights(served: Predictor, pixels: Pixels) -> None:
    """The sanity check of Adebayo et al. 2018 (arXiv:1810.03292): random weights, another map."""
    model = keras.models.load_model(served.artifact.model_path, compile=False)
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign(rng.permutation(np.asarray(weight).ravel()).reshape(weight.shape))
    shuffled = served_network(model, served.input_size)(pixels)["class_maps"].numpy()
    learnt = served.predict(pixels).class_maps
    assert learnt is not None
    alike = [
        np.corrcoef(learnt[i, ..., label].ravel(), shuffled[i, ..., label].ravel())[0, 1]
        for i in range(len(PLACES))
        for label in range(7)
    ]
    assert np.mean(np.abs(alike)) < 0.5
