"""Whom a figure speaks of: groups by sex, age, body site and proof of the diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ml.ham10000 import METADATA, DataError, Record, named, read_metadata

AGE_BANDS = ((0, 30, "under 30"), (30, 45, "30–44"), (45, 60, "45–59"), (60, 75, "60–74"))
OLDEST = "75 and over"
COLUMNS = {
    "sex": "sex",
    "age": "age",
    "localization": "body site",
    "dx_type": "diagnosis confirmed by",
}


def read_subgroups(folder: Path, records: Sequence[Record]) -> dict[str, list[str]]:
    """Attribute → each record's value, in the records' order; "unknown" where there is none.

    Raises `DataError` where the metadata lacks a column or a record's image.
    """
    rows = {row["image_id"]: row for row in read_metadata(folder, ("image_id", *COLUMNS))}
    if absent := [record.image_id for record in records if record.image_id not in rows]:
        raise DataError(f"{METADATA} does not list {named(absent)}: the split is of other data.")
    groups: dict[str, list[str]] = {name: [] for name in COLUMNS.values()}
    for record in records:
        row = rows[record.image_id]
        for column, name in COLUMNS.items():
            value = age_band(row[column]) if column == "age" else row[column]
            groups[name].append(value or "unknown")
    return groups


def age_band(age: str) -> str:
    """The band of an age in years as HAM10000 writes it ("55.0"); empty where it is unknown."""
    try:
        years = float(age)
    except ValueError:
        return ""
    return next((name for low, high, name in AGE_BANDS if low <= years < high), OLDEST)
