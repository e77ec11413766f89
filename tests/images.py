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
    """Drawn so that the served network takes it for one: no person's photograph is needed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] - np.array((height, width)).reshape(2, 1, 1) / 2
    phases = rng.uniform(0, 2 * np.pi, 6)
    rim = sum(np.sin((k + 2) * np.arctan2(y, x) + phases[k]) / (k + 2) ** 1.3 for k in range(6))
    ragged = 0.12 * _clouds(rng, width, height, 20)[..., 0]
    distance = np.hypot(x, y) / (height * 0.28 * (1 + 0.2 * rim)) + ragged
    inside = 1 / (1 + np.exp((distance - 1) * 9))[..., None]
    coarse = sum(
        weight * _clouds(rng, width, height, cell)
        for weight, cell in ((1.0, 110), (0.6, 45), (0.4, 18))
    )
    fine = _clouds(rng, width, height, 10) + 0.5 * _clouds(rng, width, height, 5)
    skin = np.array((224, 160, 165)) + coarse * (16, 26, 22) + fine * (6, 9, 8)
    pigment = np.array((120, 78, 66)) * (1 + 0.45 * coarse + 0.25 * fine)
    light = 1 - 0.16 * ((x / width) ** 2 + (y / height) ** 2)[..., None] / 0.49
    pixels = (skin * (1 - inside) + pigment * inside) * light + rng.normal(0, 2, skin.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _clouds(rng: np.random.Generator, width: int, height: int, cell: int) -> Any:
    """Smooth noise of shape (height, width, 1) between −0.5 and 0.5, in cells of that size."""
    cells = rng.integers(0, 256, (max(2, height // cell), max(2, width // cell)), dtype=np.uint8)
    fine = Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(fine)[..., None] / 255 - 0.5
