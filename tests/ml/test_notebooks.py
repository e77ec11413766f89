"""The notebooks run from beginning to end, and say what `ml`'s own functions say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from ml.artifact import Artifact, read_artifact
from ml.bootstrap import intervals
from ml.evaluate import score
from ml.ham10000 import Record
from ml.labels import LABELS
from ml.metrics import recalls
from ml.networks import NETWORKS, alexnet
from ml.publish import write_artifact
from ml.recipe import REFERENCE
from ml.report import headline
from ml.split import (
    members,
    read_split,
    split_by_lesion,
    split_by_seed,
    training_and_validation,
    write_split,
)
from ml.train import train
from notebooks.execute import NOTEBOOKS, PHOTOGRAPHS, execute, main, read, text_of
from tests.ml.small_network import RECIPE, small

ROOT = NOTEBOOKS.parent
DATA, NETWORK = NOTEBOOKS / "1_data.ipynb", NOTEBOOKS / "2_network.ipynb"
SPLITS: dict[str, Callable[[list[Record]], dict[str, str]]] = {
    "seed": split_by_seed,
    "lesion": split_by_lesion,
}


@pytest.fixture(scope="module")
def splits(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("splits")
    for name, split in SPLITS.items():
        write_split(folder / f"{name}.csv", records, split(records))
    return {name: folder / f"{name}.csv" for name in SPLITS}


@pytest.fixture(scope="module")
def artifacts(
    ham10000: Path, splits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Artifact]:
    """Split → a small network, trained on it for an epoch."""
    folder = tmp_path_factory.mktemp("artifacts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "small", small)
        for name, split in splits.items():
            recipe = replace(RECIPE, epochs=1)
            run = train(recipe, ham10000, split, folder / "runs" / name, resume=False)
            write_artifact(run, split, folder / f"small-{name}")
    return {name: read_artifact(str(folder / f"small-{name}")) for name in splits}


@pytest.fixture(scope="module")
def data(ham10000: Path) -> NotebookNode:
    """As a person opens it: from its own folder."""
    return execute(DATA, NOTEBOOKS, {"HAM10000": str(ham10000)})


@pytest.fixture(scope="module")
def network(ham10000: Path, artifacts: dict[str, Artifact]) -> NotebookNode:
    """From the repository's root."""
    variables = {
        "HAM10000": str(ham10000),
        "REFERENCE": str(artifacts["seed"].folder),
        "HONEST": str(artifacts["lesion"].folder),
    }
    return execute(NETWORK, ROOT, variables)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook: NotebookNode, cell_id: str) -> str:
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def rows(text: str) -> dict[str, list[str]]:
    """First word of each line → the others."""
    return {words[0]: words[1:] for words in map(str.split, text.splitlines()) if words}


def pictures(notebook: NotebookNode) -> dict[str, int]:
    """Cell → how many images it drew."""
    return {
        cell.id: sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in code(notebook)
        if any("image/png" in output.get("data", {}) for output in cell.outputs)
    }


@pytest.mark.parametrize("name", ["data", "network"])
def test_a_notebook_runs_from_beginning_to_end(name: str, request: pytest.FixtureRequest) -> None:
    notebook: NotebookNode = request.getfixturevalue(name)
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert "error" not in {output.output_type for output in outputs}
    assert "Warning" not in "".join(o.text for o in outputs if o.get("name") == "stderr")


def test_the_first_notebook_draws_photographs_and_charts(data: NotebookNode) -> None:
    photographs = {"samples": 1, "one-lesion": 1, "views": 1}
    charts = {"class-chart": 1, "people": 1, "leakage-chart": 1}
    assert pictures(data) == photographs | charts
    tagged = {cell.id for cell in code(data) if PHOTOGRAPHS in cell.metadata.get("tags", ())}
    assert tagged == set(photographs)


def test_the_first_notebook_counts_what_the_metadata_list(
    data: NotebookNode, records: list[Record]
) -> None:
    text = printed(data, "classes")
    assert f"{len(records)} images of {len({r.lesion_id for r in records})} lesions" in text
    for label in LABELS:
        of_class = [record for record in records if record.label == label]
        lesions = {record.lesion_id for record in of_class}
        assert rows(text)[label][-3::2] == [str(len(of_class)), str(len(lesions))]


def test_the_first_notebook_shows_how_often_each_class_is_drawn(
    data: NotebookNode, splits: dict[str, Path]
) -> None:
    parts = read_split(splits["seed"])
    drawn = re.findall(r"^(\w+): (\d+) draws$", printed(data, "draws"), re.MULTILINE)
    largest = {
        name: max(sum(r.label == label for r in parts[name]) for label in LABELS)
        for name in ("train", "validation")
    }
    assert drawn == [(name, str(7 * count)) for name, count in largest.items()]


@pytest.mark.parametrize(("cell", "split"), [("leakage", "seed"), ("lesion-leakage", "lesion")])
def test_the_first_notebook_tells_of_each_class_how_many_test_images_leak(
    cell: str, split: str, data: NotebookNode, splits: dict[str, Path]
) -> None:
    parts = read_split(splits[split])
    trained_on = {r.lesion_id for r in training_and_validation(parts, 0).training}
    table = rows(printed(data, cell))
    leaks = 0
    for label in LABELS:
        test = [record for record in members(parts, "test") if record.label == label]
        seen = sum(record.lesion_id in trained_on for record in test)
        assert table[label] == [str(len(test)), str(seen), f"{seen / len(test):.0%}"]
        leaks += seen
    assert table["all"][1] == str(leaks)
    assert bool(leaks) == (split == "seed")


def test_the_second_notebook_describes_the_networks(
    network: NotebookNode, artifacts: dict[str, Artifact]
) -> None:
    assert rows(printed(network, "network"))["parameters"] == [
        f"{alexnet(REFERENCE).count_params():,}"
    ]
    table = rows(printed(network, "recipe"))
    cards = [artifact.card for artifact in artifacts.values()]
    assert table["name"] == ["small-seed", "small-lesion"]
    assert table["parameters"] == [str(card["parameters"]) for card in cards]
    assert table["split"] == ["seed", "lesion"]
    assert table["learning_rate"] == [str(RECIPE.learning_rate)] * 2
    commands = printed(network, "command").splitlines()
    assert [re.findall(r"--split (\w+)", command) for command in commands] == [["seed"], ["lesion"]]


def test_the_second_notebook_draws_each_plot_for_both_networks(network: NotebookNode) -> None:
    both = dict.fromkeys(("curves", "confusion", "roc", "reliability"), 2)
    assert pictures(network) == both | {"honest-chart": 1}


def test_the_second_notebook_shows_the_figures_with_intervals_beside_the_published_ones(
    network: NotebookNode, artifacts: dict[str, Artifact], ham10000: Path, splits: dict[str, Path]
) -> None:
    lines = printed(network, "figures").splitlines()
    expected: dict[str, list[str]] = {}
    for name, artifact in artifacts.items():
        test = members(read_split(splits[name]), "test")
        scored = score(str(artifact.folder), ham10000, test)
        ends = intervals(headline, *scored, [record.lesion_id for record in test])
        for figure, value in headline(*scored).items():
            low, high = ends[figure]
            expected.setdefault(figure, []).append(f"{value:.3f} ({low:.3f}–{high:.3f})")
    for figure, values in expected.items():
        (line,) = (line for line in lines if line.startswith(f"{figure}  "))
        assert line.endswith(" ".join(f"{value:>20}" for value in values))
    published = json.loads((ROOT / "docs/results/published.json").read_text())
    table = rows(printed(network, "figures"))
    for figure, value in published["figures"].items():
        assert table[figure][1] == f"{value:.3f}"


def test_the_second_notebook_tells_trained_lesions_from_new_ones(
    network: NotebookNode, artifacts: dict[str, Artifact], ham10000: Path, splits: dict[str, Path]
) -> None:
    artifact = artifacts["seed"]
    test = members(read_split(splits["seed"]), "test")
    labels, probabilities = score(str(artifact.folder), ham10000, test)
    seen = np.array([record.lesion_id in artifact.trained_on() for record in test])
    assert 0 < seen.sum() < len(test)
    lines = printed(network, "honest").splitlines()
    (counts,) = (line.split()[1::2] for line in lines if line.startswith("photographs"))
    assert counts == [str(seen.sum()), str((~seen).sum())]
    for column, here in ((0, seen), (2, ~seen)):
        for label, recall in recalls(labels[here], probabilities[here]).items():
            (line,) = (line for line in lines if line.startswith(f"recall {label} "))
            assert re.findall(r"([\d.]+|–) \(", line)[column] == f"{recall:.3f}"


@pytest.mark.parametrize("path", [DATA, NETWORK], ids=lambda path: path.stem)
def test_without_the_data_a_notebook_says_what_is_missing(path: Path, tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match=r"There is no folder .*absent.*set the") as failed:
        execute(path, NOTEBOOKS, {"HAM10000": str(tmp_path / "absent")})
    assert failed.value.ename == "FileNotFoundError"


def test_execution_keeps_numbers_but_neither_photographs_nor_warnings(
    ham10000: Path, tmp_path: Path
) -> None:
    cells = [
        new_code_cell("import sys\nprint(6 * 7)\nprint('careful', file=sys.stderr)"),
        new_code_cell("'a photograph'", metadata={"tags": [PHOTOGRAPHS]}),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "some.ipynb")
    assert main(["--data", str(ham10000), str(tmp_path / "some.ipynb")]) == 0
    numbers, photographs = read(tmp_path / "some.ipynb").cells
    assert [output.text for output in numbers.outputs] == ["42\n"]
    assert (photographs.execution_count, photographs.outputs) == (2, [])


def test_execution_writes_nothing_that_names_a_folder_of_this_machine(
    ham10000: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import os\nos.environ['HAM10000']")]), path)
    before = path.read_bytes()
    assert main(["--data", str(ham10000), str(path)]) == 1
    assert f"Not written: an output names {ham10000}" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize("path", [DATA, NETWORK], ids=lambda path: path.stem)
def test_what_is_committed_was_executed_in_order_and_names_no_machine(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    text = text_of(notebook)
    for private in (r"/(work|tmp|home|root|Users)\b", r"\b0x[0-9a-f]{6,}", "iopub"):
        assert not re.search(private, text)
    for cell in code(notebook):
        assert "stderr" not in {output.get("name") for output in cell.outputs}
        assert not (PHOTOGRAPHS in cell.metadata.get("tags", ()) and cell.outputs)
    assert path.stat().st_size < 1_500_000


def test_what_is_committed_of_the_data_is_what_is_known_of_ham10000() -> None:
    notebook = read(DATA)
    assert "10,015 images of 7,470 lesions" in printed(notebook, "classes")
    assert rows(printed(notebook, "seed-split"))["all"] == ["8,012", "1,001", "1,002"]
    for name, count in (("train", "37,548"), ("validation", "4,690")):
        assert f"{name}: {count} draws" in printed(notebook, "draws")
    leakage = rows(printed(notebook, "leakage"))
    assert (leakage["all"][2], leakage["mel"][2]) == ("39%", "68%")
    by_lesion = rows(printed(notebook, "lesion-leakage"))
    assert {by_lesion[name][2] for name in (*LABELS, "all")} == {"0%"}
