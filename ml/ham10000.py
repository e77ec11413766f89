"""The HAM10000 folder in Kaggle's layout: which images there are and what they show."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
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


def read_metadata(folder: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The metadata's rows in their order. Raises `DataError` where it lacks one of `columns`."""
    if not (folder / METADATA).is_file():
        raise DataError(f"There is no {METADATA} in {folder}.")
    return read_rows(folder / METADATA, columns)


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV with a header; what a short row lacks is empty. Raises `DataError`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restval="")
            if absent := set(columns) - set(rows.fieldnames or ()):
                raise DataError(f"{path.name} lacks the columns {', '.join(sorted(absent))}.")
            return list(rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read as CSV: {error}.") from error


def read_records(folder: Path) -> list[Record]:
    """All images that the metadata lists, in its order. Raises `DataError`."""
    rows = read_metadata(folder, ("image_id", "lesion_id", "dx"))
    records = [Record(row["image_id"], row["lesion_id"], row["dx"]) for row in rows]
    if not records:
        raise DataError(f"{METADATA} lists no images.")
    if incomplete := [
        n for n, row in enumerate(records, 2) if not (row.image_id and row.lesion_id)
    ]:
        raise DataError(f"{METADATA} names no image or lesion in line {named(incomplete)}.")
    if unknown := sorted({record.label for record in records} - set(LABELS)):
        raise DataError(f"{METADATA} names labels that are not known: {named(unknown)}.")
    times = Counter(record.image_id for record in records)
    if repeated := [image_id for image_id, count in times.items() if count > 1]:
        raise DataError(f"{METADATA} lists images more than once: {named(repeated)}.")
    labels = defaultdict(set)
    for record in records:
        labels[record.lesion_id].add(record.label)
    if disputed := [lesion for lesion, names in labels.items() if len(names) > 1]:
        raise DataError(f"{METADATA} gives lesions more than one label: {named(disputed)}.")
    return records


def image_paths(folder: Path) -> dict[str, Path]:
    """Image id → file, over both image folders."""
    return {
        path.stem: path for name in IMAGE_FOLDERS for path in sorted((folder / name).glob("*.jpg"))
    }


def check_images(folder: Path, records: list[Record]) -> None:
    """Raises `DataError` when an image that the metadata lists is missing, or there twice."""
    first, second = (
        {path.stem for path in (folder / name).glob("*.jpg")} for name in IMAGE_FOLDERS
    )
    if twice := sorted(first & second):
        raise DataError(f"{len(twice)} images lie in both image folders: {named(twice)}.")
    here = first | second
    if missing := [record.image_id for record in records if record.image_id not in here]:
        raise DataError(f"{len(missing)} of {len(records)} images are missing: {named(missing)}.")


def named(things: Sequence[object]) -> str:
    """The first five, for a message."""
    return ", ".join(map(str, things[:5])) + (" …" if len(things) > 5 else "")
