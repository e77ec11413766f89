from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ml.__main__ import main
from ml.ham10000 import Record, image_paths
from ml.split import read_split, split_by_lesion, split_by_seed


def prepare(*arguments: object) -> int:
    return main(["prepare", *map(str, arguments)])


@pytest.mark.parametrize("name", ["seed", "lesion"])
def test_prepare_writes_a_split_and_its_manifest(
    name: str,
    ham10000: Path,
    records: list[Record],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "new" / f"{name}.csv"
    assert prepare("--data", ham10000, "--split", name, "--output", path) == 0
    parts = {"seed": split_by_seed, "lesion": split_by_lesion}[name](records)
    read = {record.image_id: part for part, side in read_split(path).items() for record in side}
    assert read == parts
    manifest = json.loads(path.with_suffix(".json").read_text())
    assert manifest["images"] == len(records)
    lesions = len({record.lesion_id for record in records})
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{len(records)} images of {lesions} lesions (")
    assert f"test {Counter(parts.values())['test']}" in last
    assert last.endswith(f": {path}")


def test_the_number_of_folds_can_be_chosen(ham10000: Path, tmp_path: Path) -> None:
    path = tmp_path / "lesion.csv"
    assert prepare("--data", ham10000, "--folds", 3, "--output", path) == 0
    assert set(read_split(path)) == {"test", "fold0", "fold1", "fold2"}


@pytest.mark.parametrize("copy", [False, True])
def test_the_images_are_exported_as_folders_of_side_and_class(
    copy: bool, ham10000: Path, tmp_path: Path
) -> None:
    path, target = tmp_path / "lesion.csv", tmp_path / "folders"
    options = ["--copy"] if copy else []
    assert prepare("--data", ham10000, "--output", path, "--export-folders", target, *options) == 0
    parts = read_split(path)
    sides = {"test": parts["test"], "validation": parts["fold0"]}
    sides["train"] = [record for n in range(1, 5) for record in parts[f"fold{n}"]]
    expected = {
        f"{side}/{record.label}/{record.image_id}.jpg" for side in sides for record in sides[side]
    }
    files = [path for path in target.rglob("*") if path.is_file()]
    assert {path.relative_to(target).as_posix() for path in files} == expected
    assert {path.is_symlink() for path in files} == {not copy}
    originals = image_paths(ham10000)
    assert all(path.read_bytes() == originals[path.stem].read_bytes() for path in files)


def test_an_export_touches_no_folder_that_holds_something(
    ham10000: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    split = tmp_path / "splits" / "lesion.csv"
    assert prepare("--data", ham10000, "--output", split, "--export-folders", tmp_path) == 1
    assert "is not empty: name a new folder." in capsys.readouterr().err


def test_nothing_is_written_for_a_folder_that_is_not_whole(
    ham10000: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lesion.csv"
    (tmp_path / "HAM10000_metadata.csv").write_bytes(
        (ham10000 / "HAM10000_metadata.csv").read_bytes()
    )
    assert prepare("--data", tmp_path, "--output", path) == 1
    captured = capsys.readouterr()
    assert "images are missing: " in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not path.exists()


@pytest.mark.parametrize("folds", ["1", "0", "-2", "many"])
def test_a_number_of_folds_that_makes_no_sense_is_refused(
    folds: str, ham10000: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        prepare("--data", ham10000, "--folds", folds)
    assert end.value.code == 2
    assert "--folds" in capsys.readouterr().err
