"""The HAM10000 folder in Kaggle's layout: which images there are and what they show."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ml.labels import LABELS

METADATA = "HAM10000_metadata.csv"
IMAGE_FOLDERS = ("HAM10000_images_part_1", "HAM10000_images_part_2")


class DataError(ValueError):
    """The data folder is not what it should be; the message names what is wrong."""


@dataclass(frozen=True)
class Record:
    """One dermatoscopic image: several may show the same lesion."""

    image_id: str
    lesion_id: str
    label: str


def read_records(folder: Path) -> list[Record]:
    """All images that the metadata lists, ordered by image id. Raises `DataError`."""
    path = folder / METADATA
    if not path.is_file():
        raise DataError(f"There is no {METADATA} in {folder}.")
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if absent := {"image_id", "lesion_id", "dx"} - set(rows.fieldnames or ()):
            raise DataError(f"{METADATA} lacks the columns {', '.join(sorted(absent))}.")
        records = [Record(row["image_id"], row["lesion_id"], row["dx"]) for row in rows]
    unknown = sorted({record.label for record in records} - set(LABELS))
    if unknown:
        raise DataError(f"{METADATA} names labels that are not known: {', '.join(unknown)}.")
    return sorted(records, key=lambda record: record.image_id)


def image_paths(folder: Path) -> dict[str, Path]:
    """Image id → file, over both image folders."""
    return {
        path.stem: path for name in IMAGE_FOLDERS for path in sorted((folder / name).glob("*.jpg"))
    }


def check_images(folder: Path, records: list[Record]) -> None:
    """Raises `DataError` when an image that the metadata lists is missing."""
    paths = image_paths(folder)
    missing = [record.image_id for record in records if record.image_id not in paths]
    if missing:
        names = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DataError(f"{len(missing)} of {len(records)} images are missing: {names}")
