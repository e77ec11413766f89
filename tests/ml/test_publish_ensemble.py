from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml.artifact import (
    MODEL,
    TRAINED_ON,
    Artifact,
    ArtifactError,
    read_artifact,
    sha256_of,
    write_card,
)
from ml.labels import LABELS
from ml.predictor import Predictor
from ml.publish_ensemble import write_average, write_ensemble
from tests.ml.test_ensemble import member

PRIOR = dict.fromkeys(LABELS, 1 / 7)


def written(folder: Path, network: keras.Model, lesions: str, **changes: Any) -> Artifact:
    folder.mkdir()
    network.save(folder / MODEL)
    (folder / TRAINED_ON).write_text(lesions)
    card = {
        "name": folder.name,
        "version": "1",
        "labels": list(LABELS),
        "input_size": network.input_shape[1],
        "sha256": sha256_of(folder / MODEL),
        "training_prior": PRIOR,
        "data": {"split": "lesion", "training_images": 2},
        "recipe": {"network": folder.name, "validation_fold": 2},
        "validation": {"validation_accuracy": 0.5},
        "licence": "as the data",
        "metrics": {"accuracy": 1.0},
        "calibration": {"temperature": 2.0},
        **changes,
    }
    write_card(folder, card)
    return read_artifact(f"{folder}/")


@pytest.fixture
def members(tmp_path: Path) -> list[Artifact]:
    return [
        written(tmp_path / "one", member(32, 4, 5, seed=0), "HAM_1\nHAM_2\n"),
        written(tmp_path / "two", member(64, 4, 6, seed=1), "HAM_1\nHAM_2\n"),
    ]


def test_an_ensemble_is_an_artefact_like_any_other(members: list[Artifact], tmp_path: Path) -> None:
    write_ensemble(members, tmp_path / "both-2")
    predictor = Predictor(f"{tmp_path}/both-2")
    assert (predictor.artifact.name, predictor.artifact.version) == ("both", "2")
    assert predictor.input_size == 64
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    model = keras.models.load_model(tmp_path / "both-2" / MODEL, compile=False)
    expected = np.asarray(model(pixels.astype(np.float32)))
    assert np.allclose(predictor.predict(pixels).probabilities, expected, atol=1e-5)


def test_its_card_names_its_members_and_takes_nothing_measured_from_them(
    members: list[Artifact], tmp_path: Path
) -> None:
    write_ensemble(members, tmp_path / "both-1")
    artifact = read_artifact(f"{tmp_path}/both-1")
    assert artifact.card["recipe"]["members"] == "one 1, two 1"
    assert [one["sha256"] for one in artifact.card["members"]] == [one.sha256 for one in members]
    assert artifact.card["recipe"]["validation_fold"] == 2
    assert artifact.trained_on() == {"HAM_1", "HAM_2"}
    assert not {"metrics", "calibration"} & set(artifact.card)


@pytest.mark.parametrize(
    ("lesions", "changes", "reason"),
    [
        ("HAM_1\nHAM_3\n", {}, "other lesions"),
        ("HAM_1\nHAM_2\n", {"training_prior": {**PRIOR, "nv": 0.5}}, "training_prior"),
        ("HAM_1\nHAM_2\n", {"data": {"split": "seed"}}, "data"),
    ],
)
def test_members_trained_on_other_photographs_are_refused(
    members: list[Artifact], tmp_path: Path, lesions: str, changes: dict[str, Any], reason: str
) -> None:
    other = written(tmp_path / "other", member(64, 4, 6, seed=1), lesions, **changes)
    with pytest.raises(ArtifactError, match=f"one and other were not .*{reason}"):
        write_ensemble([members[0], other], tmp_path / "both-1")
    assert not (tmp_path / "both-1").exists()


def test_networks_whose_sizes_do_not_meet_are_an_artefacts_error(
    members: list[Artifact], tmp_path: Path
) -> None:
    other = written(tmp_path / "other", member(51, 3, 6, seed=1), "HAM_1\nHAM_2\n")
    with pytest.raises(ArtifactError, match="Networks of 32, 51 pixels"):
        write_ensemble([members[0], other], tmp_path / "both-1")


def test_an_average_is_a_network_of_the_mean_weights_at_its_own_size(tmp_path: Path) -> None:
    members = [
        written(tmp_path / f"from{seed}", member(32, 4, 5, seed=seed), "HAM_1\n") for seed in (0, 1)
    ]
    write_average(members, 64, tmp_path / "mean-1")
    artifact = read_artifact(f"{tmp_path}/mean-1")
    assert artifact.card["recipe"]["network"] == "average"
    assert artifact.card["recipe"]["members"] == "from0 1, from1 1"
    first, second, mean = (
        keras.models.load_model(one.model_path, compile=False).get_weights()
        for one in (*members, artifact)
    )
    for one, other, between in zip(first, second, mean, strict=True):
        assert np.allclose((one + other) / 2, between, atol=1e-6)
    assert any(not np.allclose(one, other) for one, other in zip(first, second, strict=True))
    assert Predictor(f"{tmp_path}/mean-1").input_size == 64


def test_networks_of_other_shapes_have_no_average(members: list[Artifact], tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="alike in every layer"):
        write_average(members, 64, tmp_path / "mean-1")
    assert not (tmp_path / "mean-1").exists()
    with pytest.raises(ArtifactError, match="two networks or more"):
        write_average(members[:1], 64, tmp_path / "mean-1")


def test_an_average_may_be_a_member(members: list[Artifact], tmp_path: Path) -> None:
    write_average([members[0], members[0]], 32, tmp_path / "mean-1")
    write_ensemble([read_artifact(f"{tmp_path}/mean-1"), members[1]], tmp_path / "both-1")
    [mean, _two] = read_artifact(f"{tmp_path}/both-1").card["members"]
    assert [one["name"] for one in mean["members"]] == ["one", "one"]
