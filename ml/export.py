"""A split as folders, train/validation/test × class, for tools that want them so."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ml.ham10000 import DataError, Record, image_paths
from ml.split import members, training_and_validation


def export_folders(
    target: Path, data: Path, parts: Mapping[str, list[Record]], *, copy: bool, fold: int = 0
) -> int:
    """Link (or copy) every image to `target/SIDE/LABEL/`; returns how many.

    Where the split has folds, `fold` is the validation side. Raises `DataError` where `target`
    holds something already.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{target} is not empty: name a new folder.")
    training, validation = training_and_validation(parts, fold)
    sides = {"train": training, "validation": validation, "test": members(parts, "test")}
    paths = image_paths(data)
    for side, records in sides.items():
        for record in records:
            source = paths[record.image_id].resolve()
            place = target / side / record.label / source.name
            place.parent.mkdir(parents=True, exist_ok=True)
            if copy:
                shutil.copyfile(source, place)
            else:
                place.symlink_to(source)
    return sum(map(len, sides.values()))
