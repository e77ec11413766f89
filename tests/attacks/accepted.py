"""Photographs with something else in them, of which nothing may be kept: `SECRET` never."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from PIL import Image, ImageCms, PngImagePlugin

from tests.attacks.containers import segment, with_segments
from tests.attacks.heic import heic
from tests.images import encoded, lesion

SECRET = "SECRET-PLACE"
MAKER, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825
HTML = f"<script>{SECRET}</script>"


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[MAKER], tags[ORIENTATION] = SECRET, 6
    tags.get_ifd(GPS).update({1: "N", 2: (47.0, 22.0, 0.0), 29: SECRET})
    return tags


def exif_with_thumbnail() -> bytes:
    """Whose own picture is still there when the photograph has been cut or painted over."""
    inner = encoded(lesion(64, 64), comment=SECRET)
    return segment(0xE1, b"Exif\0\0" + exif().tobytes()) + segment(0xE1, b"Exif\0\0" + inner)


def png_texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET)
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET}</x:xmpmeta>")
    info.add_text("Description", SECRET * 100, zip=True)
    return info


def _profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + SECRET.encode()


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(f"{SECRET}.html", HTML)
    return buffer.getvalue()


def _two_pictures() -> bytes:
    second = lesion(colour=(0, 255, 0))
    return encoded(lesion(), "MPO", save_all=True, append_images=[second], exif=exif())


def _png(mode: str, **options: object) -> Callable[[], bytes]:
    return lambda: encoded(lesion().convert(mode), "PNG", pnginfo=png_texts(), **options)


def _jpeg(*segments: bytes) -> bytes:
    return with_segments(encoded(), *segments)


ACCEPTED: dict[str, Callable[[], bytes]] = {
    "jpeg and html": lambda: encoded() + HTML.encode(),
    "jpeg and html in its comment": lambda: encoded(comment=HTML),
    "jpeg and html in its application data": lambda: _jpeg(segment(0xE0, HTML.encode())),
    "jpeg and zip": lambda: encoded() + _archive(),
    "jpeg and php": lambda: encoded(comment=f"<?php echo '{SECRET}'; ?>"),
    "jpeg and pdf": lambda: _jpeg(segment(0xFE, f"%PDF-1.7 {SECRET}".encode())),
    "png and html": lambda: encoded(format="PNG") + HTML.encode(),
    "png and zip": lambda: encoded(format="PNG") + _archive(),
    "png and html in its text": _png("RGB"),
    "jpeg with place and maker": lambda: encoded(exif=exif()),
    "jpeg with a thumbnail": lambda: _jpeg(exif_with_thumbnail()),
    "jpeg with XMP": lambda: encoded(xmp=f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()),
    "jpeg with IPTC": lambda: _jpeg(
        segment(0xED, b"Photoshop 3.0\0008BIM\4\4\0\0\0\0\0\x0c" + SECRET.encode())
    ),
    "jpeg with a profile": lambda: encoded(icc_profile=_profile()),
    "jpeg with a second picture": _two_pictures,
    "png with place and maker": lambda: encoded(format="PNG", exif=exif()),
    "png with a profile": lambda: encoded(format="PNG", icc_profile=_profile()),
    "heic with place and maker": lambda: heic(lesion(), orientation=6, maker=SECRET),
    "jpeg, grey": lambda: encoded(lesion().convert("L"), comment=SECRET),
    "jpeg, cmyk": lambda: encoded(lesion().convert("CMYK"), comment=SECRET),
    "jpeg, progressive": lambda: encoded(progressive=True, comment=SECRET),
    "png, palette": _png("P"),
    "png, palette with transparency": _png("P", transparency=0),
    "png, transparent": _png("RGBA"),
    "png, grey and transparent": _png("LA"),
    "png, black and white": _png("1"),
    "png, 16 bit": _png("I;16"),
}
