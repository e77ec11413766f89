"""Whom a figure speaks of: groups by sex, age, body site, proof of the diagnosis and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ml.ham10000 import METADATA, DataError, Record, named, read_metadata

AGE_BANDS = ((0, 30, "0–29"), (30, 45, "30–44"), (45, 60, "45–59"), (60, 75, "60–74"))
OLDEST = "75 and over"
# Lesions that were photographed several times are mostly those that were excised: harder ones.
PHOTOGRAPHS = "photographs of its lesion"
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
    metadata = read_metadata(folder, ("image_id", "lesion_id", *COLUMNS))
    rows = {row["image_id"]: row for row in metadata}
    if absent := [record.image_id for record in records if record.image_id not in rows]:
        raise DataError(f"{METADATA} does not list {named(absent)}: the split is of other data.")
    groups: dict[str, list[str]] = {name: [] for name in COLUMNS.values()}
    for record in records:
        row = rows[record.image_id]
        for column, name in COLUMNS.items():
            value = age_band(row[column]) if column == "age" else row[column]
            groups[name].append(value or "unknown")
    times = Counter(row["lesion_id"] for row in metadata)
    groups[PHOTOGRAPHS] = ["one" if times[r.lesion_id] == 1 else "several" for r in records]
    return groups


def age_band(age: str) -> str:
    """The band of an age in years as HAM10000 writes it ("55.0"); empty where it is unknown."""
    try:
        years = float(age)
    except ValueError:
        return ""
    return next((name for low, high, name in AGE_BANDS if low <= years < high), OLDEST)
