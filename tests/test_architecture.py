"""Imports go one way: ml ← the core of classifier ← tasks, api, web, admin, commands."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUTER = ("tasks", "api", "web", "admin", "management")
CORE = [
    path
    for path in sorted((ROOT / "classifier").glob("*.py"))
    if path.stem.partition("_")[0] not in OUTER and path.stem != "__init__"
]


def imported(path: Path) -> set[str]:
    """Every module that the file imports, also inside functions, as dotted names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "ml").glob("*.py")), ids=lambda path: path.stem)
def test_ml_knows_nothing_of_the_application(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}
    assert tops.isdisjoint({"django", "rest_framework", "celery", "classifier", "skincare"})


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_the_core_knows_nothing_of_who_calls_it(path: Path) -> None:
    outer = ("classifier.admin_", *(f"classifier.{room}." for room in OUTER))
    assert not [name for name in imported(path) if f"{name}.".startswith(outer)]


def test_only_the_command_line_imports_the_predictor() -> None:
    """The worker's engine gets it through a setting, so that nothing else loads a network."""
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in ("ml", "classifier", "skincare")
        for path in (ROOT / folder).rglob("*.py")
        if any(name.startswith("ml.predictor") for name in imported(path))
    }
    assert users == {"ml/predict.py", "ml/evaluate.py", "ml/calibrate.py"}


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    folders = ("ml", "classifier", "skincare", "clients", "bench", "notebooks", "tests")
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name for name, length in lengths.items() if length > 300} == set()
