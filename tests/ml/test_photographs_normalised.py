"""What `open_photograph` makes of photographs that it accepts."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.photographs import open_photograph
from tests.images import encoded, lesion
from tests.ml.test_photographs import mean_difference, opened, png_of_16_bits

COLOURS = {"r": (255, 0, 0), "g": (0, 255, 0), "b": (0, 0, 255), "w": (255, 255, 255)}


def corners(image: Image.Image) -> str:
    """The colours at top left, top right, bottom right and bottom left."""
    width, height = image.size
    points = ((8, 8), (width - 9, 8), (width - 9, height - 9), (8, height - 9))

    def name(point: tuple[int, int]) -> str:
        pixel = np.array(image.getpixel(point))
        return min(COLOURS, key=lambda key: int(np.abs(pixel - COLOURS[key]).sum()))

    return "".join(name(point) for point in points)


def four_corners(width: int, height: int) -> Image.Image:
    """Stored with red, green, blue and white corners, clockwise from the top left."""
    image = Image.new("RGB", (width, height), COLOURS["r"])
    image.paste(COLOURS["g"], (width // 2, 0, width, height // 2))
    image.paste(COLOURS["b"], (width // 2, height // 2, width, height))
    image.paste(COLOURS["w"], (0, height // 2, width // 2, height))
    return image


# Worked out from the Exif standard (tag 0x0112): which sides the stored row 0 and column 0 show.
UPRIGHT = {
    1: "rgbw",  # top, left
    2: "grwb",  # top, right
    3: "bwrg",  # bottom, right
    4: "wbgr",  # bottom, left
    5: "rwbg",  # left, top
    6: "wrgb",  # right, top
    7: "bgrw",  # right, bottom
    8: "gbwr",  # left, bottom
}


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("at_least", [None, 64], ids=["whole", "reduced"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_exif_orientation_is_applied(
    orientation: int,
    at_least: int | None,
    format: str,  # noqa: A002
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(four_corners(384, 256), format, exif=exif)
    photograph = opened(content, at_least=at_least)
    assert corners(photograph) == UPRIGHT[orientation]
    assert (photograph.width > photograph.height) == (orientation < 5)


def test_a_broken_exif_entry_does_no_harm() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = bytearray(encoded(exif=exif))
    start = content.find(b"Exif\0\0") + 6
    content[start + 14 : start + 18] = b"\xff" * 4  # the entry's length
    assert opened(bytes(content)).size == lesion().size


def test_cmyk_and_grey_jpegs_become_rgb() -> None:
    assert mean_difference(opened(encoded(lesion().convert("CMYK"))), lesion()) < 5
    grey = lesion().convert("L")
    assert mean_difference(opened(encoded(grey)), grey.convert("RGB")) < 5


def test_png_modes_without_transparency_keep_their_pixels() -> None:
    for mode in ("RGB", "L", "1", "P"):
        image = lesion().convert(mode)
        assert mean_difference(opened(encoded(image, "PNG")), image.convert("RGB")) == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_laid_on_white(mode: str) -> None:
    image = Image.new("RGBA", (80, 80), (100, 100, 100, 255))
    image.paste((0, 0, 0, 0), (0, 0, 40, 80))
    image.paste((0, 0, 0, 128), (0, 0, 40, 40))
    photograph = opened(encoded(image.convert(mode), "PNG"))
    assert photograph.getpixel((60, 60)) == (100, 100, 100)
    assert photograph.getpixel((20, 60)) == (255, 255, 255)
    assert photograph.getpixel((20, 20)) == (127, 127, 127)


@pytest.mark.parametrize("transparency", [0, b"\0\xff"], ids=["one entry", "a table"])
def test_a_palette_with_transparency_is_laid_on_white(transparency: int | bytes) -> None:
    image = Image.new("P", (80, 80), 0)
    image.putpalette((10, 20, 30, 200, 100, 50))
    image.paste(1, (40, 0, 80, 80))
    photograph = opened(encoded(image, "PNG", transparency=transparency))
    assert photograph.getpixel((20, 20)) == (255, 255, 255)
    assert photograph.getpixel((60, 20)) == (200, 100, 50)


def test_a_transparent_colour_is_laid_on_white() -> None:
    image = Image.new("RGB", (80, 80), (1, 2, 3))
    image.paste((200, 100, 50), (40, 0, 80, 80))
    photograph = opened(encoded(image, "PNG", transparency=(1, 2, 3)))
    assert photograph.getpixel((20, 20)) == (255, 255, 255)
    assert photograph.getpixel((60, 20)) == (200, 100, 50)


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 100).astype(np.uint16)
    photograph = opened(png_of_16_bits(np.tile(ramp, (80, 1)), colour=0))
    expected = np.repeat((ramp // 256)[:, None], 3, axis=1)
    assert np.asarray(photograph)[40].tolist() == expected.tolist()


def test_16_bit_colour_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 100).astype(np.uint16)
    row = np.stack([ramp, ramp[::-1], np.full_like(ramp, 32_768)], axis=1)
    photograph = opened(png_of_16_bits(np.tile(row, (80, 1, 1)), colour=2))
    # Pillow rounds where the grey scale above is cut off: one level at most.
    difference = np.abs(np.asarray(photograph, int)[40] - row.astype(int) // 256)
    assert difference.max() <= 1


def test_a_path_and_a_stream_give_the_same_pixels(tmp_path: Path) -> None:
    path = tmp_path / "lesion.jpg"
    path.write_bytes(encoded())
    assert open_photograph(path) == open_photograph(io.BytesIO(encoded()))
