"""Which image trains, validates or tests: no lesion is ever on two sides."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

from ml.ham10000 import DataError, Record

TEST_SHARE = 0.15
FOLDS = 5


def split_by_lesion(records: list[Record], *, folds: int = FOLDS, seed: int = 76) -> dict[str, str]:
    """Image id → "test" or "fold0" … "fold4", stratified by label and grouped by lesion.

    About 15 % of the lesions are the held-out test part; the rest are dealt into folds.
    """
    from sklearn.model_selection import StratifiedKFold, train_test_split

    label_of = {record.lesion_id: record.label for record in records}
    lesions = sorted(label_of)
    rest, test = train_test_split(
        lesions,
        test_size=TEST_SHARE,
        stratify=[label_of[lesion] for lesion in lesions],
        random_state=seed,
    )
    part_of = dict.fromkeys(test, "test")
    dealer = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for fold, (_, indices) in enumerate(dealer.split(rest, [label_of[lesion] for lesion in rest])):
        part_of |= {rest[index]: f"fold{fold}" for index in indices}
    return {record.image_id: part_of[record.lesion_id] for record in records}


def write_split(path: Path, records: list[Record], parts: dict[str, str]) -> None:
    """The split as CSV, and beside it a manifest with counts and the CSV's sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image_id", "lesion_id", "label", "part"))
        for record in records:
            writer.writerow(
                (record.image_id, record.lesion_id, record.label, parts[record.image_id])
            )
    counts = Counter((parts[record.image_id], record.label) for record in records)
    manifest = {
        "images": len(records),
        "lesions": len({record.lesion_id for record in records}),
        "counts": {f"{part}/{label}": n for (part, label), n in sorted(counts.items())},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    path.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")


def read_split(path: Path) -> dict[str, list[Record]]:
    """Part → its images. Raises `DataError` when there is no such file."""
    if not path.is_file():
        raise DataError(f"There is no split at {path}; `python -m ml prepare` writes one.")
    parts: dict[str, list[Record]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            record = Record(row["image_id"], row["lesion_id"], row["label"])
            parts.setdefault(row["part"], []).append(record)
    return parts


def members(parts: dict[str, list[Record]], part: str) -> list[Record]:
    """The images of one part. Raises `DataError` when the split has no such part."""
    if part not in parts:
        raise DataError(f"The split has no part {part!r}; there are: {', '.join(sorted(parts))}.")
    return parts[part]
