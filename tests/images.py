"""Small synthetic photographs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]


def lesion(
    width: int = 160, height: int = 120, colour: Colour = (110, 60, 50), seed: int = 0
) -> Image.Image:
    """A dark spot on textured skin, RGB."""
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    skin = np.clip(np.array((215, 170, 150)) + noise, 0, 255).astype(np.uint8)
    image = Image.fromarray(skin)
    box = (width * 0.3, height * 0.25, width * 0.7, height * 0.75)
    ImageDraw.Draw(image).ellipse(box, fill=colour)
    return image


def encoded(image: Image.Image | None = None, format: str = "JPEG", **options: Any) -> bytes:  # noqa: A002
    """The bytes of a file with that image."""
    buffer = io.BytesIO()
    (image or lesion()).save(buffer, format, **options)
    return buffer.getvalue()


def upload(content: bytes | None = None, name: str = "lesion.jpg") -> SimpleUploadedFile:
    """What a form or the API hands over."""
    return SimpleUploadedFile(name, encoded() if content is None else content, "image/jpeg")
