from __future__ import annotations

from pathlib import Path

import pytest

from ml.ham10000 import (
    IMAGE_FOLDERS,
    METADATA,
    DataError,
    Record,
    check_images,
    image_paths,
    read_records,
)
from ml.labels import LABELS
from tests.ml.conftest import LESIONS, write_ham10000


def write_metadata(folder: Path, *rows: str) -> None:
    (folder / METADATA).write_text("\n".join(("lesion_id,image_id,dx,age", *rows)) + "\n")


def test_missing_metadata_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"no {METADATA} in .*{tmp_path.name}"):
        read_records(tmp_path)


def test_unknown_labels_are_named(tmp_path: Path) -> None:
    write_metadata(tmp_path, "HAM_1,ISIC_1,nv,50", "HAM_2,ISIC_2,scc,50", "HAM_3,ISIC_3,NV,50")
    with pytest.raises(DataError, match="not known: NV, scc"):
        read_records(tmp_path)


def test_missing_images_are_counted_and_named(tmp_path: Path) -> None:
    folder = write_ham10000(tmp_path / "data")
    records = read_records(folder)
    for record in records[:2]:
        image_paths(folder)[record.image_id].unlink()
    with pytest.raises(DataError, match=f"^2 of {len(records)} images are missing") as caught:
        check_images(folder, records)
    assert str(caught.value).endswith(f": {records[0].image_id}, {records[1].image_id}")


def test_only_the_first_of_many_missing_images_are_named(tmp_path: Path) -> None:
    records = [Record(f"ISIC_{number}", "HAM_1", "nv") for number in range(7)]
    with pytest.raises(DataError, match=r"ISIC_4 …$"):
        check_images(tmp_path, records)


def test_records_are_ordered_by_image_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    write_metadata(tmp_path, "HAM_1,ISIC_3,nv,50", "HAM_2,ISIC_1,mel,", "HAM_1,ISIC_2,nv,50")
    assert read_records(tmp_path) == [
        Record("ISIC_1", "HAM_2", "mel"),
        Record("ISIC_2", "HAM_1", "nv"),
        Record("ISIC_3", "HAM_1", "nv"),
    ]


def test_every_image_of_a_whole_folder_is_found(ham10000: Path, records: list[Record]) -> None:
    check_images(ham10000, records)
    assert {record.label for record in records} == set(LABELS)
    assert len({record.lesion_id for record in records}) == sum(LESIONS.values())
    assert len({record.image_id for record in records}) == len(records)


def test_images_are_found_in_both_folders(ham10000: Path, records: list[Record]) -> None:
    paths = image_paths(ham10000)
    assert {path.parent.name for path in paths.values()} == set(IMAGE_FOLDERS)
    assert set(paths) == {record.image_id for record in records}
    assert all(path.stem == image_id for image_id, path in paths.items())


def test_missing_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text("image_id,diagnosis\nISIC_1,nv\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks the columns dx, lesion_id"):
        read_records(tmp_path)
