"""Check the data folder and write a split of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ml.ham10000 import read_records
from ml.integrity import check_folder
from ml.split import split_by_lesion, split_by_seed, write_split


def prepare(data: Path, split: str, folds: int, path: Path) -> None:
    """Write the split "seed" or "lesion" of the folder `data` to `path`, and say what is in it.

    Raises `DataError`, before anything is written, where the folder is not whole.
    """
    records = read_records(data)
    print(f"Checking {len(records)} images ...", flush=True)
    if repeated := check_folder(data, records):
        print(f"Note: byte for byte another image of the same lesion: {', '.join(repeated)}")
    parts = split_by_seed(records) if split == "seed" else split_by_lesion(records, folds=folds)
    write_split(path, records, parts)
    counts = Counter(parts.values())
    sizes = ", ".join(f"{part} {counts[part]}" for part in sorted(counts))
    lesions = len({record.lesion_id for record in records})
    print(f"{len(records)} images of {lesions} lesions ({sizes}): {path}")
