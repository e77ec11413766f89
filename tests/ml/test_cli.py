from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ml.__main__ import VAR, main
from ml.artifact import ARTIFACTS, active_name
from ml.labels import LABELS
from tests.images import encoded, lesion

ROOT = Path(__file__).parents[2]


def ml(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python …` from the repository's root, in a process of its own."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_predict_prints_the_contract_and_nothing_else(tmp_path: Path) -> None:
    good, bad = tmp_path / "a nævus.png", tmp_path / "bad.jpg"
    good.write_bytes(encoded(lesion(), "PNG"))
    bad.write_bytes(encoded()[:1000])
    files = (str(bad), str(good), str(bad), str(good))
    done = ml("-m", "ml", "predict", "--artifact", "alexnet", "--json", *files)
    assert done.returncode == 1, done.stderr
    results: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["file"] for result in results] == list(files)
    assert (
        results[0]
        == results[2]
        == {
            "file": str(bad),
            "error": "The photograph is damaged or incomplete and cannot be read.",
        }
    )
    keys = {"file", "label", "probability", "probabilities", "in_distribution"}
    assert set(results[1]) == set(results[3]) == keys
    assert tuple(results[1]["probabilities"]) == LABELS


def test_help_answers_without_tensorflow() -> None:
    program = (
        "import runpy, sys\n"
        "sys.argv = ['ml', '--help']\n"
        "try:\n"
        "    runpy.run_module('ml', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    heavy = {'tensorflow', 'keras', 'sklearn', 'numpy', 'django'} & set(sys.modules)\n"
        "    sys.exit(f'{end.code} {sorted(heavy)}')\n"
    )
    done = ml("-c", program)
    assert done.stderr.strip() == "0 []"
    for command in ("prepare", "train", "evaluate", "predict"):
        assert command in done.stdout


def test_an_unknown_artefact_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--artifact", "resnet", str(tmp_path / "a.jpg")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("There is no artefact 'resnet'; there are: ")
    assert len(captured.err.splitlines()) == 1
    assert "alexnet" in captured.err


def test_a_missing_data_folder_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = tmp_path / "lesion.csv"
    assert main(["prepare", "--data", str(tmp_path), "--output", str(split)]) == 1
    assert capsys.readouterr().err == f"There is no HAM10000_metadata.csv in {tmp_path}.\n"
    assert not split.exists()


@pytest.mark.parametrize("command", [[], ["classify"], ["predict"], ["train"]])
def test_a_wrong_command_shows_its_usage(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(command)
    assert end.value.code == 2
    assert "usage: python -m ml" in capsys.readouterr().err


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `train` was called with, and where its artefact went."""
    calls: list[Any] = []
    monkeypatch.setattr("ml.train.train", lambda *a, **k: calls.extend((*a, k)))
    monkeypatch.setattr("ml.publish.write_artifact", lambda *a: calls.append(a[-1]))
    return calls


def test_train_passes_its_options_on(trained: list[Any]) -> None:
    options = {"data": "data", "run-dir": "run", "epochs": 3, "batch": 8, "learning-rate": 0.01}
    options |= {"seed": 5, "fold": 2, "patience": 4, "split": "my/split.csv"}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    assert main(["train", "--resume", *arguments]) == 0
    recipe, data, split, run, keywords, output = trained
    assert (recipe.network, recipe.epochs, recipe.batch) == ("alexnet", 3, 8)
    assert (recipe.learning_rate, recipe.seed, recipe.validation_fold) == (0.01, 5, 2)
    assert recipe.patience == 4
    assert not recipe.mixed_precision
    assert (data, split, run) == (Path("data"), Path("my/split.csv"), Path("run"))
    assert (output, keywords) == (Path("run/artifact"), {"resume": True})


@pytest.mark.parametrize(
    ("options", "split", "run", "output"),
    [
        (["--split", "seed"], "seed", "alexnet-seed", VAR / "runs/alexnet-seed/artifact"),
        (["--artifact", "mine"], "lesion", "alexnet-lesion", ARTIFACTS / "mine"),
    ],
)
def test_train_has_a_folder_for_each_network_and_split(
    options: list[str], split: str, run: str, output: Path, trained: list[Any]
) -> None:
    assert main(["train", "--data", "data", *options]) == 0
    assert trained[2:4] == [VAR / "splits" / f"{split}.csv", VAR / "runs" / run]
    assert trained[-1] == output


def test_the_active_artefact_predicts_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def note(name: str, files: list[Path], *, as_json: bool) -> int:
        asked.append(name)
        return 0

    monkeypatch.setattr("ml.predict.print_predictions", note)
    assert main(["predict", "a.jpg"]) == main(["predict", "--artifact", "other", "a.jpg"]) == 0
    assert asked == [active_name(), "other"]


@pytest.fixture(autouse=True)
def unchanged_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main` sets TensorFlow's log level for its process."""
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"))


@pytest.mark.parametrize("option", ["--epochs=0", "--batch=-1", "--patience=0", "--epochs=few"])
def test_a_training_that_makes_no_sense_is_refused(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["train", "--data", "data", option])
    assert end.value.code == 2
    assert option.partition("=")[0] in capsys.readouterr().err


def test_a_training_that_is_interrupted_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ml.train.train", interrupt)
    with pytest.raises(SystemExit, match=r"Stopped\. run keeps every whole epoch: .* --resume"):
        main(["train", "--data", "data", "--run-dir", "run"])


def test_an_unknown_network_is_one_sentence() -> None:
    with pytest.raises(SystemExit, match="There is no network 'resnet'; there are: alexnet"):
        main(["train", "--data", "nowhere", "--network", "resnet"])
