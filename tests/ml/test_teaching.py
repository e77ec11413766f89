from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from ml.artifact import sha256_of
from ml.ham10000 import DataError
from ml.images import load_images
from ml.labels import LABELS
from ml.networks import NETWORKS
from ml.split import read_split, training_and_validation
from ml.teachers import targets_for, write_answers
from tests.ml.small_network import RECIPE, small
from tests.ml.trainings import history_of, run_training


@pytest.fixture(scope="module", autouse=True)
def small_is_a_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "small", small)
        yield


def test_a_teacher_answers_for_a_fold_and_has_seen_neither_that_nor_the_one_left_out(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    changes = {"validation_fold": 2, "left_out_fold": 1, "epochs": 3, "validate_every": 2}
    teacher = run_training(ham10000, split, tmp_path, **changes)
    parts = read_split(split)
    seen = {record.lesion_id for part in ("fold0", "fold3", "fold4") for record in parts[part]}
    assert teacher.trained_on() == seen
    assert [row["epoch"] for row in history_of(tmp_path)] == [2, 3]
    targets = targets_for(parts["fold2"], [tmp_path / "validation.csv"], 1.0)
    assert np.allclose(targets.sum(axis=1), 1, atol=1e-4)
    best = keras.models.load_model(teacher.model_path)
    pixels = load_images(ham10000, parts["fold2"], RECIPE.size).pixels
    assert np.allclose(targets, best.predict(pixels, verbose=0), atol=1e-3)


def test_a_student_needs_an_answer_for_each_photograph(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    write_answers(tmp_path / "none.csv", [], np.empty((0, len(LABELS))))
    with pytest.raises(DataError, match="No teacher answers for"):
        run_training(
            ham10000, split, tmp_path, teachers=(tmp_path / "none.csv",), teacher_share=0.5
        )


def test_a_student_learns_what_its_teachers_say(
    ham10000: Path, split: Path, tmp_path: Path
) -> None:
    training = training_and_validation(read_split(split), RECIPE.validation_fold).training
    says = np.tile(np.eye(len(LABELS))[LABELS.index("df")], (len(training), 1))
    write_answers(tmp_path / "says.csv", training, says)
    changes = {"teachers": (tmp_path / "says.csv",), "teacher_share": 1.0, "epochs": 3}
    student = run_training(ham10000, split, tmp_path / "run", **changes)
    assert student.card["recipe"]["teachers"] == [sha256_of(tmp_path / "says.csv")]
    pixels = load_images(ham10000, training, RECIPE.size).pixels
    answers = keras.models.load_model(student.model_path).predict(pixels, verbose=0)
    assert (answers.argmax(axis=1) == LABELS.index("df")).mean() > 0.9
