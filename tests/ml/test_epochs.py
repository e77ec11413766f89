from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.epochs import batches_an_epoch, epoch_of
from ml.fit_tensorflow import Fit
from ml.ham10000 import DataError
from ml.images import Images
from ml.labels import LABELS
from ml.recipe import REFERENCE, Recipe

LABELS_OF_SEVENTEEN = np.repeat(np.arange(7), (2, 1, 3, 1, 2, 7, 1))


@pytest.fixture
def images() -> Images:
    """Every image is filled with its own number, so that it can be told after augmentation."""
    numbers = np.arange(len(LABELS_OF_SEVENTEEN), dtype=np.uint8)
    pixels = np.broadcast_to(numbers[:, None, None, None], (len(numbers), 16, 16, 3))
    return Images(np.ascontiguousarray(pixels), LABELS_OF_SEVENTEEN)


def shown(images: Images, recipe: Recipe, epoch: int) -> tf.data.Dataset:
    model = keras.Sequential([keras.Input((recipe.size, recipe.size, 3))])
    targets = np.eye(len(LABELS), dtype=np.float32)[images.labels]
    fit = Fit(model, images.pixels, targets, recipe)
    return fit.batches(epoch_of(images.labels, recipe, epoch))


def batches_of(images: Images, batch: int, seed: int, epoch: int) -> tf.data.Dataset:
    recipe = replace(REFERENCE, size=images.pixels.shape[1], batch=batch, seed=seed)
    return shown(images, recipe, epoch)


def drawn(images: Images, batch: int, seed: int, epoch: int) -> list[list[int]]:
    """The numbers of the images in each batch."""
    return [
        pixels.numpy()[:, 8, 8, 0].round().astype(int).tolist()
        for pixels, _ in batches_of(images, batch, seed, epoch)
    ]


def test_an_epoch_holds_one_batch_at_least(images: Images) -> None:
    assert batches_an_epoch(images.labels, 49, "upsampled") == 1
    with pytest.raises(DataError, match="An epoch has 49 draws: too few for a batch of 50"):
        batches_an_epoch(images.labels, 50, "upsampled")


@pytest.mark.parametrize("batch", [1, 4, 7, 49])
def test_an_epoch_has_as_many_batches_as_announced(images: Images, batch: int) -> None:
    sizes = [len(numbers) for numbers in drawn(images, batch, 0, 0)]
    assert sizes == [batch] * batches_an_epoch(images.labels, batch, "upsampled")
    assert len(sizes) == 49 // batch


def test_an_epoch_is_a_function_of_seed_and_epoch(images: Images) -> None:
    assert drawn(images, 7, 1, 2) == drawn(images, 7, 1, 2)
    assert drawn(images, 7, 1, 2) != drawn(images, 7, 1, 3)
    assert drawn(images, 7, 1, 2) != drawn(images, 7, 2, 2)


def test_an_epoch_augments_reproducibly_and_each_batch_differently() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), dtype=np.uint8)
    images = Images(np.repeat(noise, 4, axis=0), np.array([0, 0, 0, 0]))

    def epoch(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.stack([pixels.numpy() for pixels, _ in batches_of(images, 1, 0, number)])

    assert np.array_equal(epoch(0), epoch(0))
    assert not np.array_equal(epoch(0), epoch(1))
    assert len(np.unique(epoch(0).reshape(4, -1), axis=0)) == 4


def test_the_targets_belong_to_their_pixels(images: Images) -> None:
    for pixels, targets in batches_of(images, 7, 0, 0):
        assert pixels.shape == (7, 16, 16, 3)
        assert pixels.dtype == targets.dtype == np.float32
        numbers = pixels.numpy()[:, 8, 8, 0].round().astype(int)
        assert targets.numpy().argmax(axis=1).tolist() == LABELS_OF_SEVENTEEN[numbers].tolist()
        assert np.array_equal(np.sort(targets.numpy(), axis=1), [[0] * 6 + [1]] * 7)


def test_mixup_mixes_pixels_and_targets_in_the_same_shares(images: Images) -> None:
    recipe = replace(REFERENCE, size=16, batch=7, mixup=0.4)
    plain = list(shown(images, replace(recipe, mixup=0.0), 3))
    shares = []
    for (own, one_hot), (pixels, targets) in zip(plain, shown(images, recipe, 3), strict=True):
        assert np.allclose(targets.numpy().sum(axis=1), 1, atol=1e-6)
        for index in range(7):
            ours, other = own[index, 8, 8, 0], own[index - 1, 8, 8, 0]
            if not np.array_equal(one_hot[index], one_hot[index - 1]):
                share = float(targets[index].numpy()[one_hot[index].numpy().argmax()])
                shares.append(share)
                assert float(pixels[index, 8, 8, 0]) == pytest.approx(
                    float(share * ours + (1 - share) * other), abs=1e-3
                )
    assert min(shares) < 0.1
    assert max(shares) > 0.9
    assert any(0.2 < share < 0.8 for share in shares)
