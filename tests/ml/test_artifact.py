from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ml import artifact
from ml.artifact import (
    TRAINED_ON,
    ArtifactError,
    active_name,
    identity,
    read_artifact,
    sha256_of,
    write_card,
)
from ml.labels import LABELS

NETWORK = b"the bytes of a network"
COMPILED = b"the same, compiled"


def card(**changes: Any) -> dict[str, Any]:
    return {
        "name": "small",
        "version": "3",
        "sha256": hashlib.sha256(NETWORK).hexdigest(),
        "labels": list(LABELS),
        "input_size": 224,
        "served": {"sha256": hashlib.sha256(COMPILED).hexdigest()},
        **changes,
    }


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of artefacts that holds a valid one, named small."""
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "model.keras").write_bytes(NETWORK)
    (tmp_path / "small" / "served.tflite").write_bytes(COMPILED)
    write_card(tmp_path / "small", card())
    return tmp_path


def test_an_artefact_says_what_its_card_says(artifacts: Path) -> None:
    small = read_artifact("small")
    small.verify()
    assert (small.name, small.version, small.input_size) == ("small", "3", 224)
    assert small.sha256 == hashlib.sha256(NETWORK).hexdigest()
    assert small.model_path == artifacts / "small" / "model.keras"


def test_a_missing_artefact_names_the_known_ones(artifacts: Path) -> None:
    (artifacts / "big").mkdir()
    write_card(artifacts / "big", card(name="big"))
    (artifacts / "no card here").mkdir()
    with pytest.raises(ArtifactError, match=r"no artefact 'medium'; there are: big, small\.$"):
        read_artifact("medium")


def test_missing_entries_of_the_card_are_named(artifacts: Path) -> None:
    write_card(artifacts / "small", {"name": "small", "version": "3", "labels": list(LABELS)})
    with pytest.raises(ArtifactError, match=r"card\.json lacks input_size, sha256\.$"):
        read_artifact("small")


@pytest.mark.parametrize("content", [b"", b'{"name": "sma', b"\xff\xfe\x00"])
def test_a_card_that_is_no_json_is_refused(artifacts: Path, content: bytes) -> None:
    (artifacts / "small" / "card.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"card\.json is not valid JSON"):
        read_artifact("small")


@pytest.mark.parametrize("name", ["model.keras", "served.tflite"])
def test_an_altered_network_is_refused(artifacts: Path, name: str) -> None:
    path = artifacts / "small" / name
    path.write_bytes(path.read_bytes()[:-1] + b"K")
    with pytest.raises(ArtifactError, match=f"{name} is not the file that the card"):
        read_artifact("small").verify()


@pytest.mark.parametrize("name", ["model.keras", "served.tflite"])
def test_a_missing_network_is_refused(artifacts: Path, name: str) -> None:
    (artifacts / "small" / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing"):
        read_artifact("small").verify()


def test_a_network_that_was_not_compiled_says_how_to(artifacts: Path) -> None:
    whole = card()
    del whole["served"]
    write_card(artifacts / "small", whole)
    with pytest.raises(ArtifactError, match="is not compiled: `python -m ml compile --artifact"):
        read_artifact("small").verify()


@pytest.mark.parametrize("labels", [LABELS[::-1], LABELS[:-1], (*LABELS, "scc")])
def test_other_labels_or_another_order_are_refused(
    artifacts: Path, labels: tuple[str, ...]
) -> None:
    write_card(artifacts / "small", card(labels=list(labels)))
    with pytest.raises(ArtifactError, match="labels are not akiec, bcc, bkl"):
        read_artifact("small").verify()


def test_a_card_is_read_as_it_was_written(artifacts: Path) -> None:
    written = card(note="Tschandl, Rosendahl – “HAM10000”", metrics={"accuracy": 0.5})
    write_card(artifacts / "small", written)
    assert read_artifact("small").card == written
    assert "“HAM10000”" in (artifacts / "small" / "card.json").read_text(encoding="utf-8")


def test_a_card_is_replaced_in_one_step(artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_artifact("small").card

    def stop(source: Path, target: Path) -> None:
        assert json.loads(source.read_text()) == card(version="4")
        assert json.loads(target.read_text()) == before
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            write_card(artifacts / "small", card(version="4"))
    assert read_artifact("small").card == before
    write_card(artifacts / "small", card(version="4"))
    assert read_artifact("small").version == "4"
    files = {path.name for path in (artifacts / "small").iterdir()}
    assert files == {"card.json", "model.keras", "served.tflite"}


def test_an_artefact_anywhere_is_read_by_its_path(artifacts: Path) -> None:
    elsewhere = artifacts / "elsewhere" / "mine"
    elsewhere.mkdir(parents=True)
    write_card(elsewhere, card(name="mine"))
    assert read_artifact(str(elsewhere)).name == "mine"


def test_the_next_version_is_one_more_than_what_is_there(artifacts: Path) -> None:
    assert identity(artifacts / "small") == ("small", "4")
    assert identity(artifacts / "new") == ("new", "1")


def test_a_folders_name_may_hold_the_version(artifacts: Path) -> None:
    assert identity(artifacts / "new-net-12") == ("new-net", "12")
    assert identity(artifacts / "new-net") == ("new-net", "1")
    assert identity(artifacts / "12") == ("12", "1")


def test_an_artefact_says_which_lesions_it_was_trained_on(artifacts: Path) -> None:
    small = read_artifact("small")
    assert small.trained_on() == set()
    (small.folder / TRAINED_ON).write_text("HAM_1\nHAM_2\n")
    assert small.trained_on() == {"HAM_1", "HAM_2"}


def test_the_sha256_is_that_of_the_whole_file(tmp_path: Path) -> None:
    content = b"\0network" * 300_000
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_the_active_artefact_is_one_of_the_repository() -> None:
    read_artifact(active_name()).verify()


@pytest.mark.parametrize("card", ["5", "[]", '"alexnet"'])
def test_a_card_that_is_no_object_is_named(
    card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.artifact.ARTIFACTS", tmp_path)
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "card.json").write_text(card, encoding="utf-8")
    with pytest.raises(ArtifactError, match="is no JSON object"):
        read_artifact("net")


@pytest.mark.parametrize("content", [b"another score", None], ids=["another", "missing"])
def test_a_score_that_the_card_does_not_describe_is_refused(
    artifacts: Path, content: bytes | None
) -> None:
    described = {"in_distribution": {"sha256": hashlib.sha256(b"score").hexdigest()}}
    write_card(artifacts / "small", card(**described))
    (artifacts / "small" / "in_distribution.npz").write_bytes(b"score")
    read_artifact("small").verify()
    if content is None:
        (artifacts / "small" / "in_distribution.npz").unlink()
    else:
        (artifacts / "small" / "in_distribution.npz").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"in_distribution\.npz is"):
        read_artifact("small").verify()
