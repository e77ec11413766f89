"""All photographs of a split but the held-out ones, down-sized into one file.

For a training on a machine that is lent for minutes: the file travels instead of the folder, and
the held-out photographs stay here.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from PIL import Image

from ml.ham10000 import DataError, Record, check_images, image_paths, named
from ml.photographs import open_photograph
from ml.split import TEST, read_split


def pack(data: Path, split: Path, height: int, quality: int, output: Path) -> int:
    """Write WebP images, 4 : 3 and `height` pixels high, to a zip; returns how many.

    Raises `DataError` where the split or an image is missing.
    """
    parts = read_split(split)
    records = [one for part, members in parts.items() if part != TEST for one in members]
    check_images(data, records)
    paths = image_paths(data)
    extent = (round(height * 4 / 3), height)

    def packed(record: Record) -> bytes:
        photograph = open_photograph(paths[record.image_id])
        content = io.BytesIO()
        photograph.resize(extent, Image.Resampling.LANCZOS).save(content, "WEBP", quality=quality)
        return content.getvalue()

    output.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as threads, ZipFile(output, "w") as file:
        for record, content in zip(records, threads.map(packed, records), strict=True):
            file.writestr(f"{record.image_id}.webp", content)
    return len(records)


def is_packed(data: Path) -> bool:
    """Whether it is such a file and not HAM10000's folder."""
    return data.suffix == ".zip"


class Packed:
    """The images of such a file."""

    def __init__(self, path: Path) -> None:
        """Raises `DataError` where there is no such file."""
        try:
            with ZipFile(path) as file:
                self._contents = {Path(name).stem: file.read(name) for name in file.namelist()}
        except (OSError, BadZipFile) as error:
            raise DataError(f"{path} holds no packed images: {error}") from error
        self._path = path

    def check(self, records: list[Record]) -> None:
        """Raises `DataError` where an image is missing."""
        if missing := [one.image_id for one in records if one.image_id not in self._contents]:
            raise DataError(
                f"{len(missing)} of {len(records)} images are not in {self._path}: "
                f"{named(missing)}."
            )

    def open(self, image_id: str) -> Image.Image:
        """RGB."""
        return Image.open(io.BytesIO(self._contents[image_id])).convert("RGB")
