from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ml.ham10000 import DataError, Record, check_images, read_records
from ml.labels import LABELS
from ml.split import (
    read_split,
    split_by_lesion,
    split_by_seed,
    training_and_validation,
    write_split,
)

PARTS = {"test", "fold0", "fold1", "fold2", "fold3", "fold4"}
# Beside the repository, where somebody has fetched it: no test is skipped where nobody has.
REAL_SPLIT = "c72d29a1207e810edec999fdae48f041cc9c04c5f247a66376de8b1ebf4db3a7"
HAM10000 = Path(__file__).parents[3] / "shared" / "data" / "ham10000"


def test_every_image_is_in_exactly_one_part(records: list[Record]) -> None:
    parts = split_by_lesion(records)
    assert set(parts) == {record.image_id for record in records}
    assert set(parts.values()) == PARTS


def assert_no_lesion_is_on_two_sides(records: list[Record], parts: dict[str, str]) -> None:
    sides: dict[str, set[str]] = {}
    for record in records:
        sides.setdefault(record.lesion_id, set()).add(parts[record.image_id])
    assert all(len(side) == 1 for side in sides.values())
    assert max(Counter(record.lesion_id for record in records).values()) > 1


def test_no_lesion_is_on_two_sides(records: list[Record]) -> None:
    assert_no_lesion_is_on_two_sides(records, split_by_lesion(records))


def lesions_by_part(records: list[Record], parts: dict[str, str]) -> dict[str, Counter[str]]:
    """Part → label → number of lesions."""
    lesions = {(parts[r.image_id], r.lesion_id, r.label) for r in records}
    return {part: Counter(label for where, _, label in lesions if where == part) for part in PARTS}


def test_about_15_percent_of_the_lesions_are_for_the_test(records: list[Record]) -> None:
    counts = lesions_by_part(records, split_by_lesion(records))
    share = counts["test"].total() / sum(count.total() for count in counts.values())
    assert share == pytest.approx(0.15, abs=0.02)


def test_every_class_is_in_every_part(records: list[Record]) -> None:
    counts = lesions_by_part(records, split_by_lesion(records))
    assert all(set(count) == set(LABELS) for count in counts.values())
    for label in LABELS:
        dealt = [counts[f"fold{fold}"][label] for fold in range(5)]
        assert max(dealt) - min(dealt) <= 1


def test_a_seed_gives_one_split_and_another_seed_another(records: list[Record]) -> None:
    assert split_by_lesion(records) == split_by_lesion(records)
    assert split_by_lesion(records, seed=1) != split_by_lesion(records, seed=2)


def test_the_order_of_the_records_does_not_matter(records: list[Record]) -> None:
    shuffled = random.sample(records, len(records))
    assert shuffled != records
    assert split_by_lesion(shuffled) == split_by_lesion(records)


def in_ham10000s_numbers() -> list[Record]:
    """As many records of each class as HAM10000 has, in a fixed shuffled order, without images."""
    counts = (327, 514, 1_099, 115, 1_113, 6_705, 142)
    labels = np.random.default_rng(0).permutation(np.repeat(LABELS, counts)).tolist()
    return [Record(f"ISIC_{n}", f"HAM_{n}", label) for n, label in enumerate(labels)]


def test_the_split_by_seed_has_the_references_sizes() -> None:
    records = in_ham10000s_numbers()
    parts = split_by_seed(records)
    assert Counter(parts.values()) == {"train": 8_012, "validation": 1_001, "test": 1_002}
    of_test = Counter(record.label for record in records if parts[record.image_id] == "test")
    assert of_test == {
        "akiec": 32, "bcc": 52, "bkl": 110, "df": 11, "mel": 112, "nv": 671, "vasc": 14
    }  # fmt: skip
    assert split_by_seed(records) == parts


def test_the_sides_of_a_training_leave_the_test_part_out(records: list[Record]) -> None:
    by_seed = {"train": records[:3], "validation": records[3:5], "test": records[5:]}
    assert training_and_validation(by_seed, 0) == (records[:3], records[3:5])
    by_lesion = {f"fold{n}": [record] for n, record in enumerate(records[:5])}
    by_lesion["test"] = records[5:]
    training, validation = training_and_validation(by_lesion, 2)
    assert validation == [records[2]]
    assert training == [records[0], records[1], records[3], records[4]]


def test_the_lesions_can_be_dealt_into_fewer_folds(records: list[Record]) -> None:
    three = split_by_lesion(records, folds=3)
    assert set(three.values()) == {"test", "fold0", "fold1", "fold2"}
    five = split_by_lesion(records)
    # The held-out part does not depend on the folds.
    assert {i for i in three if three[i] == "test"} == {i for i in five if five[i] == "test"}


def test_a_split_is_read_as_it_was_written(tmp_path: Path, records: list[Record]) -> None:
    parts = split_by_lesion(records)
    path = tmp_path / "new" / "lesion.csv"
    write_split(path, records, parts)
    read = read_split(path)
    assert set(read) == PARTS
    for part, members in read.items():
        expected = [record for record in records if parts[record.image_id] == part]
        assert members == sorted(expected, key=lambda record: record.image_id)


def test_the_manifest_describes_the_split(tmp_path: Path, records: list[Record]) -> None:
    path = tmp_path / "lesion.csv"
    write_split(path, records, split_by_lesion(records))
    manifest = json.loads((tmp_path / "lesion.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["seed"] == 76
    assert manifest["images"] == sum(manifest["counts"].values()) == len(records)
    assert manifest["lesions"] == len({record.lesion_id for record in records})
    fold3_mel = [record for record in read_split(path)["fold3"] if record.label == "mel"]
    assert manifest["counts"]["fold3/mel"] == len(fold3_mel)


def test_a_missing_split_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no split at .*nowhere\.csv.*python -m ml prepare"):
        read_split(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["image_id,label", "ISIC_1,nv"], "split.csv lacks the columns lesion_id, part"),
        ([], "lacks the columns"),
        (["image_id,lesion_id,label,part", "ISIC_1,HAM_1,nv,test", "ISIC_2,HAM"], "line 3 has no"),
        (["image_id,lesion_id,label,part", "ISIC_1,HAM_1,scc,test"], "line 2 has no label"),
        (["image_id,lesion_id,label,part", "ISIC_1,HAM_1,nv,,test"], "line 2 has no"),
    ],
)
def test_a_file_that_is_no_split_is_refused(
    lines: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "split.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=sentence):
        read_split(tmp_path / "split.csv")


if HAM10000.is_dir():

    def test_the_split_of_the_real_data_is_the_one_the_networks_were_trained_on(
        tmp_path: Path,
    ) -> None:
        records = read_records(HAM10000)
        check_images(HAM10000, records)
        parts = split_by_lesion(records)
        write_split(tmp_path / "lesion.csv", records, parts)
        manifest = json.loads((tmp_path / "lesion.json").read_text())
        assert (manifest["images"], manifest["lesions"]) == (10_015, 7_470)
        assert manifest["sha256"] == REAL_SPLIT
        assert_no_lesion_is_on_two_sides(records, parts)

    def test_the_references_split_of_the_real_data_shares_lesions_as_it_is_known_to() -> None:
        records = read_records(HAM10000)
        parts = split_by_seed(records)
        assert Counter(parts.values()) == {"train": 8_012, "validation": 1_001, "test": 1_002}
        trained_on = {r.lesion_id for r in records if parts[r.image_id] == "train"}
        test = [record for record in records if parts[record.image_id] == "test"]
        melanomas = [record for record in test if record.label == "mel"]
        assert sum(record.lesion_id in trained_on for record in test) == 393  # 39 %
        assert sum(record.lesion_id in trained_on for record in melanomas) == 76  # of 112: 68 %
