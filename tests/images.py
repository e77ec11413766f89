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


def drawn_lesion(seed: int = 0, width: int = 600, height: int = 450) -> Image.Image:
    """Drawn to look like one at a glance, for screenshots: no person's photograph is needed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    angle = np.arctan2(y - height / 2, x - width / 2)
    phases = rng.uniform(0, 2 * np.pi, 5)
    rim = sum(np.sin((k + 2) * angle + phases[k]) / (k + 2) for k in range(5))
    distance = np.hypot(x - width / 2, y - height / 2) / (height * 0.28 * (1 + 0.25 * rim))
    inside = 1 / (1 + np.exp((distance - 1) * 14))[..., None]
    grain = Image.fromarray(rng.integers(0, 255, (height // 8, width // 8), dtype=np.uint8))
    blotches = np.asarray(grain.resize((width, height), Image.Resampling.BICUBIC))[..., None] / 255
    skin = np.array((226, 178, 158)) + 14 * (blotches - 0.5) + rng.normal(0, 3, (height, width, 3))
    pigment = np.array((118, 70, 52)) * (0.65 + 0.6 * blotches)
    return Image.fromarray((skin * (1 - inside) + pigment * inside).clip(0, 255).astype(np.uint8))
