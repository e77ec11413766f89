"""`manage.py classify`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pillow_heif import from_pillow
from pytest_django import Settings

from ml.artifact import read_artifact
from ml.labels import LABELS
from tests.images import encoded, lesion


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[Any]:
    """What the command asks of `ml.predict`, without loading TensorFlow."""
    settings.ARTIFACT = "alexnet"
    asked: list[Any] = []

    def print_predictions(name: str, files: Sequence[Path], *, as_json: bool) -> int:
        read_artifact(name)
        asked.append((name, list(files), as_json))
        return int(any("bad" in file.name for file in files))

    module = ModuleType("ml.predict")
    module.print_predictions = print_predictions  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ml.predict", module)
    return asked


def test_no_file_is_an_error(calls: list[Any]) -> None:
    with pytest.raises(CommandError, match="FILE"):
        call_command("classify")
    assert calls == []


def test_an_artefact_that_is_not_there_is_one_sentence(
    calls: list[Any], settings: Settings
) -> None:
    settings.ARTIFACT = "nonsense"
    with pytest.raises(CommandError, match="There is no artefact 'nonsense'"):
        call_command("classify", "a.jpg")


@pytest.mark.parametrize(("last", "status"), [("bad.jpg", 1), ("b.jpg", 0)])
@pytest.mark.parametrize("as_json", [False, True])
def test_the_served_network_sees_all_files_and_the_exit_status_tells(
    as_json: bool, last: str, status: int, calls: list[Any]
) -> None:
    with pytest.raises(SystemExit) as exited:
        call_command("classify", "a.jpg", last, json=as_json)
    assert exited.value.code == status
    assert calls == [("alexnet", [Path("a.jpg"), Path(last)], as_json)]


def test_each_file_is_one_line_in_its_place_and_no_database_is_opened(tmp_path: Path) -> None:
    """With the network that a fresh installation serves."""
    (tmp_path / "good.jpg").write_bytes(encoded(lesion(300, 225)))
    (tmp_path / "bad.jpg").write_bytes(b"%PDF-1.7 a report")
    (tmp_path / "good.png").write_bytes(encoded(lesion(300, 225, seed=1), "PNG"))
    from_pillow(lesion(300, 225)).save(tmp_path / "good.heic")
    names = ("good.jpg", "bad.jpg", "missing.jpg", "good.png", "good.heic")
    files = [tmp_path / name for name in names]

    # Its own process, because TensorFlow is none of this one's. Its database is in a folder that
    # does not exist: whoever opened it would fail.
    process = subprocess.run(
        [sys.executable, "manage.py", "classify", "--json", *files],
        cwd=Path(__file__).parents[2],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "skincare.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere' / 'db.sqlite3'}",
            "SKINCARE_DATA_DIR": str(tmp_path / "data"),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 1, process.stderr
    assert "Traceback" not in process.stderr
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(file) for file in files]
    sentence = "The file is not a JPEG, PNG or HEIC photograph."
    assert lines[1] == {"file": str(files[1]), "error": sentence}
    assert lines[2] == {"file": str(files[2]), "error": "There is no such file."}
    for line in (lines[0], *lines[3:]):
        assert set(line) == {"file", "label", "probability", "probabilities", "in_distribution"}
        assert tuple(line["probabilities"]) == LABELS
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert line["probability"] == max(line["probabilities"].values())
        assert line["probabilities"][line["label"]] == line["probability"]
