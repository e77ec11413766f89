"""`manage.py classify`, with the network that a fresh installation serves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ml.labels import LABELS, LONG_NAMES
from tests.images import encoded, lesion


def classify(*arguments: str | Path, folder: Path, **environment: str) -> Any:
    """The finished process; one of its own, because TensorFlow is none of this one's.

    Its database is in a folder that does not exist: whoever opened it would fail.
    """
    defaults = {
        "DJANGO_SETTINGS_MODULE": "skincare.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'nowhere' / 'db.sqlite3'}",
        "SKINCARE_DATA_DIR": str(folder / "data"),
    }
    return subprocess.run(
        [sys.executable, "manage.py", "classify", *arguments],
        cwd=Path(__file__).parents[2],
        env=os.environ | defaults | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    (folder / "good.jpg").write_bytes(encoded(lesion(300, 225)))
    (folder / "bad.jpg").write_bytes(b"%PDF-1.7 a report")
    (folder / "good.png").write_bytes(encoded(lesion(300, 225, seed=1), "PNG"))
    return folder


def test_an_artefact_that_is_not_there_is_one_sentence(folder: Path) -> None:
    process = classify(folder / "good.jpg", folder=folder, ARTIFACT="nonsense")
    assert process.returncode == 1
    assert "There is no artefact 'nonsense'" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_bad_file_among_good_ones_is_named_in_its_place(folder: Path) -> None:
    files = [folder / name for name in ("good.jpg", "bad.jpg", "missing.jpg", "good.png")]
    process = classify("--json", *files, folder=folder)

    assert process.returncode == 1, process.stderr
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(file) for file in files]
    assert lines[1] == {
        "file": str(files[1]),
        "error": "The file is not a JPEG or PNG photograph.",
    }
    assert lines[2] == {"file": str(files[2]), "error": "There is no such file."}
    for line in (lines[0], lines[3]):
        assert set(line) == {"file", "label", "probability", "probabilities", "in_distribution"}
        assert tuple(line["probabilities"]) == LABELS
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert line["probability"] == max(line["probabilities"].values())
        assert line["probabilities"][line["label"]] == line["probability"]
    assert not (folder / "nowhere").exists()


def test_people_get_long_names_and_percentages(folder: Path) -> None:
    process = classify(folder / "good.jpg", folder=folder)
    assert process.returncode == 0, process.stderr
    first, *rows = process.stdout.splitlines()
    assert first == str(folder / "good.jpg")
    shares = [float(row.split("%")[0]) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert {row.split("%")[1].strip() for row in rows} == set(LONG_NAMES.values())
