from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.ham10000 import IMAGE_FOLDERS, Record
from ml.images import load_images
from ml.photographs import InvalidPhotograph, open_photograph
from ml.preprocessing import load_pixels, to_pixels
from tests.images import encoded, lesion


@pytest.mark.parametrize("size", [32, 224])
def test_pixels_are_square_bytes_of_three_channels(size: int) -> None:
    pixels = to_pixels(lesion(300, 200), size)
    assert pixels.shape == (size, size, 3)
    assert pixels.dtype == np.uint8


def test_the_whole_field_of_view_is_kept() -> None:
    image = Image.new("RGB", (600, 100), (0, 0, 0))
    image.paste((250, 0, 0), (0, 0, 60, 100))
    image.paste((0, 0, 250), (540, 0, 600, 100))
    pixels = to_pixels(image, 60)
    assert pixels[:, 2].tolist() == [[250, 0, 0]] * 60
    assert pixels[:, 57].tolist() == [[0, 0, 250]] * 60
    assert pixels[:, 10:50].max() == 0


def test_a_constant_photograph_keeps_its_colour() -> None:
    pixels = to_pixels(Image.new("RGB", (1234, 777), (10, 200, 99)), 224)
    assert np.unique(pixels.reshape(-1, 3), axis=0).tolist() == [[10, 200, 99]]


def test_a_reduced_decode_sees_what_a_full_one_sees() -> None:
    # Measured: 0.2 levels of 255 on average; an image shifted by one pixel has 0.8.
    content = encoded(lesion(2400, 1800), quality=95)
    reduced = load_pixels(io.BytesIO(content), 224).astype(int)
    full = to_pixels(open_photograph(io.BytesIO(content)), 224).astype(int)
    assert open_photograph(io.BytesIO(content), at_least=448).size == (600, 450)
    assert np.abs(reduced - full).mean() < 0.4


def test_a_small_photograph_is_enlarged() -> None:
    assert load_pixels(io.BytesIO(encoded(lesion(64, 64))), 224).shape == (224, 224, 3)


def test_a_bad_file_is_refused() -> None:
    with pytest.raises(InvalidPhotograph, match="not a JPEG, PNG or HEIC"):
        load_pixels(io.BytesIO(b"nothing"), 224)


def test_training_and_serving_see_the_same_pixels(tmp_path: Path) -> None:
    sizes = [(600, 450), (1800, 1350), (100, 140)]
    records = [Record(f"ISIC_{number}", f"HAM_{number}", "nv") for number in range(len(sizes))]
    folder = tmp_path / IMAGE_FOLDERS[0]
    folder.mkdir()
    for record, size in zip(records, sizes, strict=True):
        (folder / f"{record.image_id}.jpg").write_bytes(encoded(lesion(*size)))
    images = load_images(tmp_path, records, 224)
    for record, pixels in zip(records, images.pixels, strict=True):
        path = folder / f"{record.image_id}.jpg"
        assert np.array_equal(pixels, load_pixels(path, 224))
        with path.open("rb") as upload:
            assert np.array_equal(pixels, load_pixels(upload, 224))
