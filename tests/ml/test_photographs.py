from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from ml.photographs import InvalidPhotograph, open_photograph
from tests.images import encoded, lesion

JPEG = encoded()
PNG = encoded(format="PNG")


def opened(content: bytes, **options: Any) -> Image.Image:
    return open_photograph(io.BytesIO(content), **options)


def refusal(content: bytes) -> InvalidPhotograph:
    with pytest.raises(InvalidPhotograph) as caught:
        opened(content)
    return caught.value


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 2,
    rows: bytes = b"",
    extra: bytes = b"",
) -> bytes:
    """A PNG by hand, for what Pillow does not write; `rows` may be too short."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (
        chunk(b"IHDR", header),
        extra,
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_of_16_bits(samples: np.ndarray[Any, Any], colour: int) -> bytes:
    """`samples` (height, width) or (height, width, channels), 0–65535."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    return png(samples.shape[1], samples.shape[0], depth=16, colour=colour, rows=rows)


@pytest.mark.parametrize("format", ["GIF", "TIFF", "WEBP", "BMP"])
def test_another_format_named_jpg_is_refused(format: str, tmp_path: Path) -> None:  # noqa: A002
    path = tmp_path / "lesion.jpg"
    path.write_bytes(encoded(format=format))
    with pytest.raises(InvalidPhotograph, match="not a JPEG, PNG or HEIC") as caught:
        open_photograph(path)
    assert caught.value.code == "not_an_image"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"a report, not a photograph", b"%PDF-1.7", JPEG[:10], JPEG[:200], PNG[:20]],
    ids=["empty", "one byte", "text", "PDF", "JPEG's start", "JPEG's tables", "PNG's start"],
)
def test_what_is_not_an_image_is_refused(content: bytes) -> None:
    error = refusal(content)
    assert error.code == "not_an_image"
    assert str(error) == "The file is not a JPEG, PNG or HEIC photograph."


@pytest.mark.parametrize("field", range(16, 29))
def test_a_damaged_png_header_is_refused(field: int) -> None:
    content = bytearray(PNG)
    content[field] ^= 0xFF
    assert refusal(bytes(content)).code in {"not_an_image", "too_many_pixels"}


def test_a_header_too_short_for_its_fields_is_refused() -> None:
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\1")
    assert refusal(content).code == "not_an_image"


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.99])
@pytest.mark.parametrize("content", [JPEG, PNG], ids=["JPEG", "PNG"])
def test_a_truncated_photograph_is_refused(content: bytes, share: float) -> None:
    error = refusal(content[: int(len(content) * share)])
    assert error.code == "damaged"
    assert "damaged or incomplete" in str(error)


def test_a_png_with_a_text_that_inflates_to_megabytes_is_refused() -> None:
    # Pillow reports this, after the pixels, otherwise than by an OSError.
    end = PNG.index(b"IEND") - 4
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**23)))
    assert refusal(PNG[:end] + bomb + PNG[end:]).code == "damaged"


def test_a_jpeg_without_its_last_byte_is_refused() -> None:
    assert refusal(JPEG[:-1]).code == "damaged"


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPhotograph, match="no such file") as caught:
        open_photograph(tmp_path / "nowhere.jpg")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("side", [5001, 13_000, 30_000])
def test_too_many_pixels_are_refused_before_any_is_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Around Pillow's own limits too: it warns above 89 and raises above 179 megapixels.
    decoded: list[object] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    error = refusal(png(side, side))
    assert error.code == "too_many_pixels"
    assert "more than 25 megapixels" in str(error)
    assert decoded == []


def test_25_megapixels_are_not_too_many() -> None:
    assert opened(encoded(Image.new("L", (5000, 5000)), "PNG")).size == (5000, 5000)


@pytest.mark.parametrize("size", [(63, 200), (200, 63), (1, 1)])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_side_under_64_pixels_is_refused(size: tuple[int, int], format: str) -> None:  # noqa: A002
    error = refusal(encoded(lesion(*size), format))
    assert error.code == "too_small"
    assert f"{size[0]} × {size[1]}" in str(error)
    assert "at least 64" in str(error)


def test_64_pixels_a_side_are_enough() -> None:
    assert opened(encoded(lesion(64, 64))).size == (64, 64)


def test_a_side_longer_than_a_stored_file_can_hold_is_refused() -> None:
    error = refusal(encoded(Image.new("L", (65_501, 64)), "PNG"))
    assert error.code == "too_long"
    assert "65501 × 64" in str(error)


@pytest.mark.parametrize("size", [(65_500, 64), (64, 65_500)])
def test_the_longest_side_can_be_stored(size: tuple[int, int]) -> None:
    assert encoded(opened(encoded(Image.new("L", size), "PNG")))


def test_an_animated_png_is_refused() -> None:
    error = refusal(encoded(format="PNG", save_all=True, append_images=[lesion(seed=1)]))
    assert error.code == "animated"
    assert "animation" in str(error)


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    # An open file would show as a ResourceWarning, which is an error here.
    for number, content in enumerate((png(13_000, 13_000), encoded(lesion(20, 20)), JPEG[:1500])):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(content)
        with pytest.raises(InvalidPhotograph):
            open_photograph(path)


def test_a_stream_stays_open_for_its_owner() -> None:
    good, bad = io.BytesIO(JPEG), io.BytesIO(png(13_000, 13_000))
    open_photograph(good)
    with pytest.raises(InvalidPhotograph):
        open_photograph(bad)
    assert not good.closed
    assert not bad.closed


def multi_picture() -> bytes:
    """As phones write it: the photograph and a second, green picture."""
    second = lesion(colour=(0, 255, 0))
    return encoded(lesion(), "MPO", save_all=True, append_images=[second])


def test_the_first_picture_of_a_multi_picture_jpeg_is_the_photograph(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(multi_picture())
    with Image.open(path) as image:
        assert image.format == "MPO"
    assert mean_difference(open_photograph(path), lesion()) < 5


def test_a_multi_picture_jpeg_with_a_broken_index_is_its_first_picture() -> None:
    content = bytearray(multi_picture())
    offset = content.find(b"MPF\0") + 8
    content[offset : offset + 4] = b"\xff" * 4
    assert mean_difference(opened(bytes(content)), lesion()) < 5


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    assert one.mode == other.mode == "RGB"
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda c: c[: int(len(c) * 0.97)], id="cut"),
        pytest.param(lambda c: c, id="whole"),
    ],
)
def test_a_reduced_decode_judges_a_file_like_a_full_one(spoil: Any) -> None:
    content = spoil(encoded(lesion(1000, 800)))
    outcomes = []
    for at_least in (None, 100):
        try:
            outcomes.append(opened(content, at_least=at_least).mode)
        except InvalidPhotograph as error:
            outcomes.append(error.code)
    assert outcomes[0] == outcomes[1]


def test_a_reduced_decode_keeps_the_pixels_asked_for() -> None:
    content = encoded(lesion(1000, 800))
    assert opened(content, at_least=200).size == (250, 200)
    assert opened(content, at_least=201).size == (500, 400)
    assert opened(content, at_least=900).size == (1000, 800)


@settings(max_examples=100, deadline=None, database=None)
@given(content=st.binary(max_size=300))
def test_random_bytes_give_a_photograph_or_a_sentence(content: bytes) -> None:
    judge(content)


@settings(max_examples=200, deadline=None, database=None)
@given(
    content=st.sampled_from((JPEG, PNG, multi_picture())),
    changes=st.lists(
        st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=4)), max_size=8
    ),
    end=st.integers(50, 40_000),
)
def test_corrupted_bytes_give_a_photograph_or_a_sentence(
    content: bytes, changes: list[tuple[int, bytes]], end: int
) -> None:
    corrupted = bytearray(content)
    for offset, replacement in changes:
        corrupted[offset : offset + len(replacement)] = replacement
    judge(bytes(corrupted[:end]))


def judge(content: bytes) -> None:
    """Anything but an RGB photograph or `InvalidPhotograph` fails the test."""
    with contextlib.suppress(InvalidPhotograph):
        assert opened(content).mode == "RGB"
