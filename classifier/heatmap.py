"""Where the network looked: class maps as they are stored, and laid over their photograph.

Stored is one small grey PNG: the seven maps in `LABELS`' order, one below the other. Each shows
what stands out for its class (`ml.class_maps`), scaled to its own maximum.
"""

from __future__ import annotations

import io
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.class_maps import standing_out
from ml.labels import LABELS

MAX_CELLS: Final = 64
"""A side of a stored map; a finer one is averaged down to it."""
MAX_SIDE: Final = 1024
"""A side of the drawn overlay, in pixels; larger photographs are drawn smaller."""

EDITION: Final = 1
"""Counted up when the drawing changes: who keeps drawn ones asks by it."""

NEGLIGIBLE: Final = 1e-4
"""Of a logit: a map without a higher peak is shown empty, not its rounding errors."""

Heat: TypeAlias = npt.NDArray[np.uint8]


def pack(class_maps: npt.NDArray[np.floating[Any]]) -> bytes:
    """Class maps (height, width, 7) of one photograph as a PNG file, 7 · height × width."""
    positive = standing_out(class_maps)
    peaks = positive.max(axis=(0, 1), keepdims=True)
    shares = np.divide(positive, peaks, out=np.zeros_like(positive), where=peaks > NEGLIGIBLE)
    levels = np.rint(np.moveaxis(shares, -1, 0) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate([_small(level) for level in levels])).save(buffer, "PNG")
    return buffer.getvalue()


def _small(level: Heat) -> Heat:
    height, width = (min(side, MAX_CELLS) for side in level.shape)
    if (height, width) == level.shape:
        return level
    resized = Image.fromarray(level).resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized)


def unpack(packed: bytes, label: str) -> Heat:
    """One class's map (height, width), 0 to 255. Raises `ValueError` for an unknown label."""
    with Image.open(io.BytesIO(packed), formats=["PNG"]) as stacked:
        return np.split(np.asarray(stacked), len(LABELS))[LABELS.index(label)]


def overlay(photograph: Image.Image, heat: Heat) -> Image.Image:
    """The RGB photograph with the map over it: from clear through yellow to red.

    The network saw the whole photograph squeezed into a square, so the map, stretched back over
    the whole photograph, lies where it belongs. The result has the photograph's shape.
    """
    scale = min(1.0, MAX_SIDE / max(photograph.size))
    width, height = (max(1, round(side * scale)) for side in photograph.size)
    below = photograph.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    fine = Image.fromarray(heat).resize((width, height), Image.Resampling.BICUBIC)
    colour = Image.merge("RGB", [fine.point(channel) for channel in (_RED, _GREEN, _BLUE)])
    return Image.composite(colour, below, fine.point(_OPACITY))


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)  # a third of the time, hardly larger
    return buffer.getvalue()


# 256 values each, by heat: yellow turns to red from the middle on; opaque enough to be seen on
# dark lesions, never so much that it hides the skin.
_RED = [255] * 256
_GREEN = [round(220 * min(1.0, 2 - level / 127.5)) for level in range(256)]
_BLUE = [0] * 256
_OPACITY = [round(140 * min(1.0, level / 160)) for level in range(256)]
