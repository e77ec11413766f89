"""Any file → an upright 8-bit RGB photograph, or a sentence that says why not.

Training, the command line and the web application all open files here, so that none can see
other pixels than the others.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from ml.file_parts import JpegParts, TooManyParts, count_png_parts, jpeg_parts
from ml.heic import is_heic, is_over_limit, open_heic

MAX_PIXELS: Final = 25_000_000
MIN_SIDE: Final = 64
MAX_SIDE: Final = 65_500
"""What a JPEG file can hold, and so what can be stored."""
MAX_JPEG_MEMORY: Final = 150_000_000
"""Bytes, of a progressive one: for its pixels, and all its coefficients until the last scan."""
FORMATS: Final = ("JPEG", "PNG")

Source = Path | IO[bytes]


class InvalidPhotograph(ValueError):
    """The file cannot be classified; `code` is for programs, `str(error)` a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_photograph(source: Source, *, at_least: int | None = None) -> Image.Image:
    """Open, check and normalise one photograph.

    Size limits are read from the header, before any pixel is decoded. With `at_least`, a JPEG may
    be decoded at a half, quarter or eighth of its size as long as both sides keep that many
    pixels (much faster for photographs from cameras).

    Returns an RGB image with EXIF orientation applied and transparency laid on white.
    Raises `InvalidPhotograph`.
    """
    with warnings.catch_warnings():
        # Pillow warns where it can go on without us (a broken EXIF entry, a broken index of an MPO)
        # and above its own pixel limit; ours is lower and checked from the header.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        with _open(source) as image:
            _check_header(image)
            return _decode(image, at_least)


def _open(source: Source) -> Image.Image:
    """The image with its size, no pixel decoded; a HEIC file whole, once its size is checked."""
    try:
        if is_heic(source):
            return _decoded_heic(source)
        parts = _counted_parts(source)
        image = Image.open(source, formats=FORMATS)
        if parts:
            _check_memory(image, parts)
        return image
    except InvalidPhotograph:
        raise
    except TooManyParts as error:
        raise InvalidPhotograph(
            "too_many_parts",
            "The file has more parts than a photograph needs. Please save it again as a JPEG.",
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except FileNotFoundError as error:
        raise InvalidPhotograph("not_found", "There is no such file.") from error
    except Exception as error:  # also struct.error, SyntaxError, … for damaged headers
        raise InvalidPhotograph(
            "not_an_image", "The file is not a JPEG, PNG or HEIC photograph."
        ) from error


def _counted_parts(source: Source) -> JpegParts | None:
    """Of a JPEG or PNG; before Pillow, which keeps every one of them. Raises `TooManyParts`."""
    with _from_here(source) as file:
        begin = file.read(3)
        file.seek(-len(begin), 1)
        if begin.startswith(b"\x89PN"):
            count_png_parts(file)
        return jpeg_parts(file.read()) if begin.startswith(b"\xff\xd8") else None


@contextmanager
def _from_here(source: Source) -> Iterator[IO[bytes]]:
    """The file; a stream is afterwards where it was."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
        return
    position = source.tell()
    yield source
    source.seek(position)


def _decoded_heic(source: Source) -> Image.Image:
    """Upright. Never a smaller picture, whatever `at_least` says: the file may hold a preview."""
    try:
        file = open_heic(source, max_pixels=MAX_PIXELS)
        _check_size(*file.size)
        return file.to_pillow()
    except InvalidPhotograph:
        raise
    except Exception as error:
        raise (_too_many_pixels() if is_over_limit(error) else _damaged()) from error


def _too_many_pixels() -> InvalidPhotograph:
    limit = MAX_PIXELS // 1_000_000
    return InvalidPhotograph(
        "too_many_pixels", f"The photograph has more than {limit} megapixels, which is the limit."
    )


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < MIN_SIDE:
        raise InvalidPhotograph(
            "too_small",
            f"The photograph is {width} × {height} pixels; each side needs at least {MIN_SIDE}.",
        )
    if max(width, height) > MAX_SIDE:
        raise InvalidPhotograph(
            "too_long",
            f"The photograph is {width} × {height} pixels; no side may be longer than {MAX_SIDE}.",
        )


def _check_memory(image: Image.Image, parts: JpegParts) -> None:
    a_pixel = 4 + 2 * parts.components
    if parts.is_held_whole and image.width * image.height * a_pixel > MAX_JPEG_MEMORY:
        image.close()
        limit = MAX_JPEG_MEMORY // a_pixel // 1_000_000
        raise InvalidPhotograph(
            "too_many_pixels",
            f"A progressive JPEG may have at most {limit} megapixels. "
            "Please save it as a baseline JPEG.",
        )


def _check_header(image: Image.Image) -> None:
    _check_size(*image.size)
    # Phones write several pictures into one JPEG (MPO): the first is the photograph.
    if isinstance(image, PngImagePlugin.PngImageFile) and image.is_animated:
        raise InvalidPhotograph("animated", "The file is an animation, not one photograph.")


def _decode(image: Image.Image, at_least: int | None) -> Image.Image:
    try:
        if at_least is not None:
            image.draft("RGB", (at_least, at_least))
        image.load()
        return _upright_rgb(image)
    except Exception as error:  # Pillow's decoders raise many types on damaged data
        raise _damaged() from error


def _damaged() -> InvalidPhotograph:
    return InvalidPhotograph(
        "damaged", "The photograph is damaged or incomplete and cannot be read."
    )


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Few copies at once: at the size limit each takes 75 to 100 MB."""
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):  # 16 bits a pixel: Pillow's own conversion would clip at 255
        return Image.fromarray((np.asarray(image) // 256).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")  # a copy less
    layer = image.convert("RGBA")
    image.close()
    on_white = Image.new("RGB", layer.size, "white")
    on_white.paste(layer, mask=layer)
    return on_white
