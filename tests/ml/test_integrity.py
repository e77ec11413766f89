from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from ml.ham10000 import DataError, Record, image_paths, read_records
from ml.integrity import check_folder


@pytest.fixture
def folder(ham10000: Path, tmp_path: Path) -> Path:
    """A data folder of one's own."""
    return shutil.copytree(ham10000, tmp_path / "data")


def path_of(folder: Path, record: Record) -> Path:
    return image_paths(folder)[record.image_id]


def test_a_whole_folder_passes(ham10000: Path, records: list[Record]) -> None:
    assert check_folder(ham10000, records) == []


def test_images_that_cannot_be_read_are_counted_and_named(folder: Path) -> None:
    records = read_records(folder)
    cut, empty, text = (path_of(folder, record) for record in records[2:5])
    cut.write_bytes(cut.read_bytes()[:-200])
    empty.write_bytes(b"")
    text.write_text("no image")
    names = ", ".join(record.image_id for record in records[2:5])
    with pytest.raises(DataError, match=f"^3 of {len(records)} images cannot be read: {names}\\.$"):
        check_folder(folder, records)


def test_a_missing_image_is_told_before_any_is_decoded(folder: Path) -> None:
    records = read_records(folder)
    path_of(folder, records[0]).unlink()
    path_of(folder, records[1]).write_bytes(b"")
    with pytest.raises(DataError, match=f"^1 of {len(records)} images are missing"):
        check_folder(folder, records)


def test_a_photograph_under_two_lesions_is_named(folder: Path) -> None:
    # It would be on two sides of a split by lesion.
    records = read_records(folder)
    one = records[0]
    other = next(record for record in records if record.lesion_id != one.lesion_id)
    shutil.copy(path_of(folder, one), path_of(folder, other))
    sentence = f"^1 photographs stand under several lesions: {one.image_id} = {other.image_id}\\.$"
    with pytest.raises(DataError, match=sentence):
        check_folder(folder, records)


def test_a_photograph_repeated_for_its_own_lesion_is_noted(folder: Path) -> None:
    records = read_records(folder)
    one, other = next((a, b) for a, b in pairwise(records) if a.lesion_id == b.lesion_id)
    shutil.copy(path_of(folder, one), path_of(folder, other))
    assert check_folder(folder, records) == [other.image_id]
