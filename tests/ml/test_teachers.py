from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml.ham10000 import DataError, Record
from ml.teachers import targets_for, write_answers

RECORDS = [Record("ISIC_1", "HAM_1", "mel"), Record("ISIC_2", "HAM_2", "nv")]
SAYS = np.array([[0.1, 0, 0, 0, 0.3, 0.6, 0], [0, 0, 0.2, 0, 0, 0.8, 0]])
LABELS_ALONE = np.eye(7)[[4, 5]]


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    write_answers(tmp_path / "validation.csv", RECORDS, SAYS)
    return tmp_path / "validation.csv"


def test_without_a_share_the_labels_are_learnt_and_no_teacher_is_asked() -> None:
    targets = targets_for(RECORDS, [Path("nowhere.csv")], 0.0)
    assert targets.dtype == np.float32
    assert np.array_equal(targets, LABELS_ALONE)


def test_a_share_is_the_teachers_answer(teacher: Path) -> None:
    targets = targets_for(RECORDS[::-1], [teacher], 0.25)
    assert np.allclose(targets, 0.75 * LABELS_ALONE[::-1] + 0.25 * SAYS[::-1])


def test_of_several_teachers_the_mean_counts(teacher: Path, tmp_path: Path) -> None:
    write_answers(tmp_path / "second.csv", RECORDS[:1], LABELS_ALONE[:1])
    targets = targets_for(RECORDS, [teacher, tmp_path / "second.csv"], 1.0)
    assert np.allclose(targets[0], (SAYS[0] + LABELS_ALONE[0]) / 2)
    assert np.allclose(targets[1], SAYS[1])


def test_a_photograph_that_no_teacher_has_seen_is_named(teacher: Path) -> None:
    records = [*RECORDS, Record("ISIC_3", "HAM_3", "df")]
    with pytest.raises(DataError, match="No teacher answers for 1 photographs: ISIC_3"):
        targets_for(records, [teacher], 0.5)
