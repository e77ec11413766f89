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
    assert str(caught.value).endswith(f": {records[0].image_id}, {records[1].image_id}.")


def test_only_the_first_of_many_missing_images_are_named(tmp_path: Path) -> None:
    records = [Record(f"ISIC_{number}", "HAM_1", "nv") for number in range(7)]
    with pytest.raises(DataError, match=r"ISIC_4 …\.$"):
        check_images(tmp_path, records)


def test_records_keep_the_order_of_the_rows(tmp_path: Path) -> None:
    write_metadata(tmp_path, "HAM_1,ISIC_3,nv,50", "HAM_2,ISIC_1,mel,", "HAM_1,ISIC_2,nv,50")
    assert read_records(tmp_path) == [
        Record("ISIC_3", "HAM_1", "nv"),
        Record("ISIC_1", "HAM_2", "mel"),
        Record("ISIC_2", "HAM_1", "nv"),
    ]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["HAM_1,ISIC_1,nv,", "HAM_2,ISIC_1,nv,"], "lists images more than once: ISIC_1"),
        (["HAM_1,ISIC_1,nv,", "HAM_1,ISIC_2,mel,"], "gives lesions more than one label: HAM_1"),
        (["HAM_1,ISIC_1,nv,", ",ISIC_2,nv,"], "names no image or lesion in line 3"),
        (["HAM_1,ISIC_1,nv,", "HAM_2"], "names no image or lesion in line 3"),
        ([], "lists no images"),
    ],
)
def test_metadata_that_contradicts_itself_is_refused(
    rows: list[str], sentence: str, tmp_path: Path
) -> None:
    write_metadata(tmp_path, *rows)
    with pytest.raises(DataError, match=f"^{METADATA} {sentence}\\.$"):
        read_records(tmp_path)


def test_metadata_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_bytes("lesion_id,image_id,dx\nnævus".encode("utf-16"))
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read_records(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / METADATA).write_text("image_id,lesion_id,dx\nI,H,nv\n", encoding="utf-8-sig")
    assert read_records(tmp_path) == [Record("I", "H", "nv")]


def test_an_image_in_both_folders_is_named(tmp_path: Path) -> None:
    folder = write_ham10000(tmp_path / "data")
    records = read_records(folder)
    first = image_paths(folder)[records[0].image_id]
    for name in IMAGE_FOLDERS:
        (folder / name / first.name).write_bytes(first.read_bytes())
    with pytest.raises(DataError, match=f"^1 images lie in both.*: {records[0].image_id}\\.$"):
        check_images(folder, records)


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
