"""Which image trains, validates or tests.

`seed` is the reference's own split, by image: photographs of one lesion lie on both sides, so its
figures flatter. `lesion` is grouped: no lesion is ever on two sides.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ml.ham10000 import DataError, Record, read_rows
from ml.labels import LABELS

SEED = 76
TEST_SHARE = 0.15
FOLDS = 5
TEST = "test"
COLUMNS = ("image_id", "lesion_id", "label", "part")


class Sides(NamedTuple):
    """What a training sees: it learns from one side and is chosen by the other."""

    training: list[Record]
    validation: list[Record]


def split_by_seed(records: list[Record], *, seed: int = SEED) -> dict[str, str]:
    """Image id → "train" (80 %), "validation" or "test" (10 % each), stratified by label.

    Depends on the order of `records`: the reference's split is that of the metadata's order.
    """
    from sklearn.model_selection import train_test_split

    train, rest = train_test_split(
        records, train_size=0.8, stratify=[r.label for r in records], random_state=seed
    )
    validation, test = train_test_split(
        rest, train_size=0.5, stratify=[r.label for r in rest], random_state=seed
    )
    sides = {"train": train, "validation": validation, "test": test}
    return {record.image_id: part for part, side in sides.items() for record in side}


def split_by_lesion(
    records: list[Record], *, folds: int = FOLDS, seed: int = SEED
) -> dict[str, str]:
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
    part_of = dict.fromkeys(test, TEST)
    dealer = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for fold, (_, indices) in enumerate(dealer.split(rest, [label_of[lesion] for lesion in rest])):
        part_of |= {rest[index]: f"fold{fold}" for index in indices}
    return {record.image_id: part_of[record.lesion_id] for record in records}


def write_split(path: Path, records: list[Record], parts: dict[str, str], seed: int = SEED) -> None:
    """The split as CSV, ordered by image, and beside it a manifest: seed, counts, sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for record in sorted(records, key=lambda record: record.image_id):
            writer.writerow(
                (record.image_id, record.lesion_id, record.label, parts[record.image_id])
            )
    counts = Counter((parts[record.image_id], record.label) for record in records)
    manifest = {
        "seed": seed,
        "images": len(records),
        "lesions": len({record.lesion_id for record in records}),
        "counts": {f"{part}/{label}": n for (part, label), n in sorted(counts.items())},
        "sha256": split_sha256(path),
    }
    path.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")


def read_split(path: Path) -> dict[str, list[Record]]:
    """Part → its images. Raises `DataError` when the file is missing or is no split."""
    if not path.is_file():
        raise DataError(f"There is no split at {path}; `python -m ml prepare` writes one.")
    parts: dict[str, list[Record]] = {}
    for number, row in enumerate(read_rows(path, COLUMNS), 2):
        if row["label"] not in LABELS or not row["part"]:
            raise DataError(f"{path.name} is damaged: line {number} has no label or no part.")
        record = Record(row["image_id"], row["lesion_id"], row["label"])
        parts.setdefault(row["part"], []).append(record)
    return parts


def split_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def members(parts: Mapping[str, list[Record]], part: str) -> list[Record]:
    """The images of one part. Raises `DataError` when the split has no such part."""
    if part not in parts:
        raise DataError(f"The split has no part {part!r}; there are: {', '.join(sorted(parts))}.")
    return parts[part]


def training_and_validation(
    parts: Mapping[str, list[Record]], fold: int, left_out: int | None = None
) -> Sides:
    """The two sides of a training. `fold` validates, where the split has folds.

    `left_out`: another fold, which is on neither side.
    """
    if "train" in parts:
        return Sides(members(parts, "train"), members(parts, "validation"))
    validation = f"fold{fold}"
    held_out = (TEST, validation, f"fold{left_out}")
    training = [record for part in parts if part not in held_out for record in parts[part]]
    return Sides(training, members(parts, validation))
