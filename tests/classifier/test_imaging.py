from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from classifier.imaging import normalise
from ml.photographs import InvalidPhotograph
from tests.images import encoded, lesion

SECRET = "SECRET-PLACE"
EXIF_MAKER, EXIF_ORIENTATION, EXIF_GPS = 0x010F, 0x0112, 0x8825


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[EXIF_MAKER] = SECRET
    tags[EXIF_ORIENTATION] = orientation
    tags.get_ifd(EXIF_GPS).update({1: "N", 2: (47.0, 22.0, 0.0), 29: SECRET})
    return tags


def png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET)
    info.add_itxt("Author", SECRET)
    info.add_text("Description", SECRET, zip=True)
    return info


def with_metadata() -> dict[str, bytes]:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {
        "exif": encoded(exif=exif()),
        "xmp": encoded(xmp=f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()),
        "comment": encoded(comment=SECRET),
        "profile": encoded(icc_profile=profile),
        "resolution": encoded(dpi=(301, 301)),
        "png text": encoded(format="PNG", pnginfo=png_text()),
        "png exif": encoded(format="PNG", exif=exif()),
        "png profile": encoded(format="PNG", icc_profile=profile),
        "transparent png": encoded(
            lesion().convert("RGBA"), "PNG", pnginfo=png_text(), exif=exif()
        ),
    }


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """(marker, content) of each segment before the pixels."""
    found = []
    position = 2
    while jpeg[position + 1] != 0xDA:  # start of scan
        assert jpeg[position] == 0xFF
        length = int.from_bytes(jpeg[position + 2 : position + 4], "big")
        found.append((jpeg[position + 1], jpeg[position + 4 : position + 2 + length]))
        position += 2 + length
    return found


@pytest.mark.parametrize("kind", with_metadata())
def test_nothing_but_pixels_is_stored_of_an_upload(kind: str) -> None:
    photograph = normalise(io.BytesIO(with_metadata()[kind]))

    for jpeg in (photograph.jpeg, photograph.thumbnail):
        markers = {marker for marker, _ in segments(jpeg)}
        # JFIF header, quantisation, frame, Huffman tables; no other APPn, no comment
        assert markers <= {0xE0, 0xDB, 0xC0, 0xC4}
        assert dict(segments(jpeg))[0xE0].startswith(b"JFIF\0\x01\x01\x00\x00\x01")  # no resolution
        assert SECRET.encode() not in jpeg
        with Image.open(io.BytesIO(jpeg)) as stored:
            assert (stored.format, stored.mode) == ("JPEG", "RGB")
            assert not stored.getexif()


def test_what_is_appended_to_a_photograph_does_not_survive() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("page.html", "<script>alert(1)</script>")
    polyglot = encoded() + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(polyglot))

    photograph = normalise(io.BytesIO(polyglot))

    for jpeg in (photograph.jpeg, photograph.thumbnail):
        assert not zipfile.is_zipfile(io.BytesIO(jpeg))
        assert jpeg.endswith(b"\xff\xd9")  # end of image
        assert b"page.html" not in jpeg


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidPhotograph, match="empty") as refused:
        normalise(io.BytesIO(b""))
    assert refused.value.code == "empty"


def test_a_file_above_the_limit_is_refused_with_its_size() -> None:
    padded = encoded().ljust(12_340_000, b"\0")
    with pytest.raises(InvalidPhotograph, match=r"12\.3 MB; at most 10 MB") as refused:
        normalise(io.BytesIO(padded))
    assert refused.value.code == "too_large"


def test_a_file_of_just_the_limit_is_taken() -> None:
    assert normalise(io.BytesIO(encoded().ljust(10_000_000, b"\0"))).width == 160
    with pytest.raises(InvalidPhotograph):
        normalise(io.BytesIO(encoded().ljust(10_000_001, b"\0")))


@pytest.mark.parametrize(
    ("orientation", "size", "corner"),
    [
        (1, (160, 120), (0, 0)),
        (3, (160, 120), (159, 119)),
        (6, (120, 160), (119, 0)),
        (8, (120, 160), (0, 159)),
    ],
)
def test_a_photograph_is_stored_upright(
    orientation: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    image = Image.new("RGB", (160, 120), "white")
    image.paste((0, 0, 0), (0, 0, 16, 16))
    photograph = normalise(io.BytesIO(encoded(image, exif=exif(orientation))))

    assert (photograph.width, photograph.height) == size
    with Image.open(io.BytesIO(photograph.jpeg)) as stored:
        assert stored.size == size
        dark = stored.convert("L").getpixel(corner)
        assert isinstance(dark, int)
        assert dark < 30


def test_the_photograph_keeps_its_size_and_nearly_its_pixels() -> None:
    original = lesion(400, 300)
    photograph = normalise(io.BytesIO(encoded(original, "PNG")))
    with Image.open(io.BytesIO(photograph.jpeg)) as stored:
        assert stored.size == (400, 300) == (photograph.width, photograph.height)
        for before, after in zip(
            original.resize((1, 1)).getpixel((0, 0)),  # type: ignore[arg-type]
            stored.resize((1, 1)).getpixel((0, 0)),  # type: ignore[arg-type]
            strict=True,
        ):
            assert abs(before - after) <= 2


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1024, 512), (256, 128)), ((512, 1024), (128, 256)), ((160, 120), (160, 120))],
)
def test_a_thumbnail_fits_into_256_pixels_and_is_never_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    photograph = normalise(io.BytesIO(encoded(lesion(*size))))
    with Image.open(io.BytesIO(photograph.thumbnail)) as thumbnail:
        assert thumbnail.size == expected


def test_the_checksum_is_that_of_the_upload() -> None:
    content = encoded(exif=exif())
    assert normalise(io.BytesIO(content)).sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_that_was_read_before_is_read_from_its_start() -> None:
    file = io.BytesIO(encoded())
    file.read()
    assert normalise(file).sha256 == hashlib.sha256(encoded()).hexdigest()
