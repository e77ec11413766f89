from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.labels import LABELS
from ml.report import report
from ml.results import write_tables

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def write_scoring(folder: Path, share: float) -> None:
    labels = np.array([5, 5, 5, 4, 0])
    scored = {
        "artifact": {"name": "alexnet", "version": "2", "sha256": "a" * 64},
        "split": {"name": "seed", "sha256": "b" * 64, "part": "test"},
        "trained_on": {"photographs": 2, "share": share, "share_of_melanomas": share / 2},
    } | report(labels, np.eye(7)[[5, 5, 4, 4, 5]], list("abcde"), {"sex": ["male"] * 5})
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(scored))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(RESULTS / "published.json", tmp_path)
    write_scoring(tmp_path / "leaky", 0.4)
    write_scoring(tmp_path / "honest", 0.0)
    return tmp_path


def rows_of(text: str, heading: str) -> list[list[str]]:
    section = text.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_table_has_the_published_figures_each_scoring_and_the_baseline(folder: Path) -> None:
    assert write_tables(folder) == 2
    rows = rows_of((folder / "README.md").read_text(), "All figures")
    published, honest, leaky, baseline = rows
    assert published[4:8] == ["0.645", "0.664", "0.550", "0.780"]
    assert honest[:4] == ["[alexnet 2](#honest)", "seed", "0", "5"]
    assert leaky[:4] == ["[alexnet 2](#leaky)", "seed", "40 % (mel 20 %)", "5"]
    assert honest[4].startswith("0.600 (")  # three of five
    assert honest[5].startswith("0.556 (")  # nv 2/3, mel 1, akiec 0
    assert baseline[0] == "always the commonest"
    assert baseline[4:6] == ["0.600", "0.333"]


def test_every_class_and_subgroup_has_its_figures(folder: Path) -> None:
    write_tables(folder)
    text = (folder / "README.md").read_text()
    rows = {row[0]: row[1:] for row in rows_of(text, "honest") if row[0] in LABELS}
    assert rows["mel"][:3] == ["1", "1.000", "0.500"]
    assert rows["df"] == ["0", "–", "–", "1.000", "–"]
    assert "| sex | male | 5 | 1 | 3 | 0.600 |" in text


def test_the_committed_tables_are_those_of_the_committed_figures(tmp_path: Path) -> None:
    folder = shutil.copytree(RESULTS, tmp_path / "results")
    assert write_tables(folder) >= 2
    assert (folder / "README.md").read_text() == (RESULTS / "README.md").read_text()
