"""Photographs of the data, decoded once into memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.ham10000 import DataError, Record, check_images, image_paths
from ml.labels import LABELS
from ml.pack import Packed, is_packed
from ml.photographs import InvalidPhotograph
from ml.preprocessing import Pixels, load_pixels, to_pixels

Load = Callable[[Record, int, int | None], Pixels]


@dataclass(frozen=True)
class Images:
    """Decoded images: `pixels` uint8 (n, height, width, 3), `labels` int (n,), `LABELS`' order."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]


def load_images(data: Path, records: list[Record], size: int, width: int | None = None) -> Images:
    """Decode all `records` in threads (Pillow releases the interpreter lock).

    `data`: the folder as Kaggle lays it out, or a file that `python -m ml pack` wrote. The images
    become `size` high and `width` wide, as wide as high unless it is given.

    Raises `DataError` naming an image that is missing or cannot be read.
    """
    pixels = np.empty((len(records), size, width or size, 3), np.uint8)
    load = _from_file(data, records) if is_packed(data) else _from_folder(data, records)
    with ThreadPoolExecutor() as threads:
        decoded = threads.map(lambda record: load(record, size, width), records)
        for index, image in enumerate(decoded):
            pixels[index] = image
    labels = np.array([LABELS.index(record.label) for record in records], np.int64)
    return Images(pixels, labels)


def _from_folder(data: Path, records: list[Record]) -> Load:
    check_images(data, records)
    paths = image_paths(data)

    def load(record: Record, size: int, width: int | None) -> Pixels:
        path = paths[record.image_id]
        try:
            return load_pixels(path, size, width)
        except InvalidPhotograph as error:
            raise DataError(f"{path}: {error}") from error

    return load


def _from_file(data: Path, records: list[Record]) -> Load:
    packed = Packed(data)
    packed.check(records)
    return lambda record, size, width: to_pixels(packed.open(record.image_id), size, width)
