"""Photographs from iPhones."""

from __future__ import annotations

import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from classifier.imaging import normalise
from ml.photographs import InvalidPhotograph, open_photograph
from tests.attacks.heic import claiming, cut_out, heic, mosaic
from tests.images import encoded, lesion


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidPhotograph) as caught:
        normalise(io.BytesIO(content))
    return caught.value.code


@pytest.mark.parametrize("end", [16, 60, 0.5])
def test_a_damaged_file_is_refused_with_a_sentence(end: float) -> None:
    content = heic(lesion())
    cut = end if isinstance(end, int) else int(len(content) * end)
    assert refusal(content[:cut]) == "damaged"


def test_a_film_in_the_same_container_is_no_photograph() -> None:
    assert refusal(b"\x00\x00\x00\x1cftypmp42" + b"\x00" * 200) == "not_an_image"


def test_what_is_too_small_is_refused() -> None:
    assert refusal(heic(lesion(40, 40))) == "too_small"


def test_what_is_too_large_is_refused_before_a_pixel_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pillow_heif.HeifFile, "to_pillow", lambda _: pytest.fail("decoded"))
    assert refusal(claiming(heic(lesion(160, 120)), 5001, 5000)) == "too_many_pixels"


def test_a_corner_of_a_picture_that_is_too_large_is_refused() -> None:
    large = claiming(heic(Image.new("RGB", (128, 128), "red")), 9000, 9000)
    assert refusal(cut_out(large, 100, 100)) == "too_many_pixels"
    assert normalise(io.BytesIO(cut_out(heic(Image.new("RGB", (128, 128))), 100, 100))).width == 100


def test_a_mosaic_that_is_larger_than_it_says_is_refused() -> None:
    assert normalise(io.BytesIO(mosaic())).width == 256
    assert refusal(mosaic(30_000, 30_000)) == "too_many_pixels"
    assert refusal(mosaic(4000, 4000)) == "damaged"


def test_a_photograph_becomes_a_jpeg_without_metadata() -> None:
    photograph = normalise(io.BytesIO(heic(lesion(160, 120))))
    assert (photograph.width, photograph.height) == (160, 120)
    assert b"SECRET" not in photograph.jpeg + photograph.thumbnail
    with Image.open(io.BytesIO(photograph.jpeg)) as stored:
        assert (stored.format, stored.mode) == ("JPEG", "RGB")
        red, green, blue = stored.getpixel((80, 60))  # the dark spot in the middle
    assert abs(red - 110) + abs(green - 60) + abs(blue - 50) < 30


def test_the_command_line_sees_what_the_application_sees(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(heic(lesion(600, 450), orientation=6))
    photograph = open_photograph(path, at_least=64)
    assert (photograph.mode, photograph.size) == ("RGB", (450, 600))
    with path.open("rb") as file:
        assert open_photograph(file) == photograph


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    with Image.open(io.BytesIO(normalise(io.BytesIO(heic(clear))).jpeg)) as stored:
        assert min(stored.getpixel((50, 50))) > 245


def test_a_jpeg_with_that_name_is_a_jpeg_all_the_same() -> None:
    assert normalise(io.BytesIO(encoded())).width == 160


def test_a_phone_held_upright_gives_an_upright_photograph() -> None:
    photograph = normalise(io.BytesIO(heic(lesion(160, 120), orientation=6)))
    assert (photograph.width, photograph.height) == (120, 160)
