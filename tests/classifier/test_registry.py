from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classifier.models import ModelVersion
from classifier.networks import registry
from ml.artifact import Artifact, ArtifactError, active_name, read_artifact, write_card
from tests.cards import write_artifact

pytestmark = pytest.mark.django_db


def artifact(sha256: str = "a" * 64, **card: Any) -> Artifact:
    return Artifact(Path(), {"name": "net", "version": "1", "sha256": sha256, **card})


def active() -> list[str]:
    return list(ModelVersion.objects.filter(active=True).values_list("sha256", flat=True))


def test_an_artefact_that_is_not_there_is_not_registered(settings: Settings) -> None:
    settings.ARTIFACT = "nonsense"
    with pytest.raises(ArtifactError, match="nonsense"):
        registry.register_served()
    assert not ModelVersion.objects.exists()


def test_an_artefact_becomes_a_version_that_does_not_serve_yet() -> None:
    version = registry.register(artifact(metrics={"n": 3}))
    version.refresh_from_db()
    assert (version.name, version.version, version.active) == ("net", "1", False)
    assert version.sha256 == "a" * 64
    assert version.card["metrics"] == {"n": 3}


def test_registering_again_changes_nothing() -> None:
    first, second = registry.register(artifact()), registry.register(artifact())
    assert first == second
    assert first.created_at == second.created_at
    assert first.taken_over_at == second.taken_over_at
    assert ModelVersion.objects.count() == 1


def test_another_network_takes_the_place_of_the_former() -> None:
    for sha256 in ("a" * 64, "b" * 64, "a" * 64):
        registry.activate(registry.register(artifact(sha256)))
        assert active() == [sha256]
    assert ModelVersion.objects.count() == 2


def test_a_card_that_was_completed_is_taken_over() -> None:
    before = registry.register(artifact())
    registry.register(artifact(metrics={"n": 3}))
    version = ModelVersion.objects.get()
    assert version.card["metrics"] == {"n": 3}
    assert version.taken_over_at > before.taken_over_at  # so workers load it anew


def test_the_setting_comes_before_the_default(settings: Settings) -> None:
    settings.ARTIFACT = "other"
    assert registry.artifact_name() == "other"


def test_what_is_served_by_default_is_registered(settings: Settings) -> None:
    settings.ARTIFACT = ""
    version = registry.register_served()
    assert version.sha256 == read_artifact(active_name()).sha256
    assert active() == [version.sha256]


def test_what_was_chosen_stands_after_a_restart(settings: Settings, tmp_path: Path) -> None:
    settings.ARTIFACT = str(write_artifact(tmp_path / "first"))
    registry.register_served()
    chosen = registry.register(artifact())
    registry.activate(chosen)
    assert registry.register_served() == chosen
    assert active() == [chosen.sha256]


def test_a_network_that_comes_with_an_update_serves(settings: Settings, tmp_path: Path) -> None:
    settings.ARTIFACT = str(write_artifact(tmp_path / "first"))
    registry.register_served()
    settings.ARTIFACT = str(write_artifact(tmp_path / "second", version="4"))
    version = registry.register_served()
    assert version.version == "4"
    assert active() == [version.sha256]


def test_one_version_at_most_casts_a_shadow_and_not_of_itself() -> None:
    first, second = (registry.register(artifact(sha256)) for sha256 in ("a" * 64, "b" * 64))
    registry.activate(first)
    for cast, shadows in ((second, [second]), (first, []), (second, [second]), (None, [])):
        registry.cast_shadow(cast)
        assert list(ModelVersion.objects.filter(shadow=True)) == shadows
    registry.cast_shadow(second)
    registry.activate(second)
    assert not ModelVersion.objects.filter(shadow=True).exists()


# Taking over


@pytest.fixture(autouse=True)
def networks_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.NETWORKS_DIR = tmp_path / "networks"
    return tmp_path / "networks"


def test_what_is_taken_over_is_found_again_when_the_original_is_gone(
    tmp_path: Path, networks_dir: Path
) -> None:
    original = write_artifact(tmp_path / "mine")
    version = registry.take_over(str(original))
    shutil.rmtree(original)
    found = registry.artifact_of(version)
    found.verify()
    assert found.folder == networks_dir / version.sha256
    assert (version.name, version.active) == ("testnet", False)


@pytest.mark.parametrize("what", ["missing", "altered", "not a folder"])
def test_what_is_no_whole_artefact_leaves_nothing_behind(
    what: str, tmp_path: Path, networks_dir: Path
) -> None:
    folder = write_artifact(tmp_path / "mine")
    if what == "missing":
        (folder / "served.tflite").unlink()
    elif what == "altered":
        (folder / "served.tflite").write_bytes(b"another")
    else:
        folder = tmp_path / "nowhere"
    with pytest.raises(ArtifactError):
        registry.take_over(str(folder))
    assert not ModelVersion.objects.exists()
    assert not networks_dir.exists()


def test_two_networks_never_share_a_name_and_version(tmp_path: Path) -> None:
    registry.register(artifact("c" * 64, name="testnet", version="3"))
    with pytest.raises(ArtifactError, match="already called testnet 3"):
        registry.take_over(str(write_artifact(tmp_path / "mine")))
    assert ModelVersion.objects.count() == 1


def test_taken_over_again_with_figures_it_is_the_same_version(tmp_path: Path) -> None:
    folder = write_artifact(tmp_path / "mine")
    first = registry.take_over(str(folder))
    card = read_artifact(str(folder)).card
    write_card(folder, {**card, "metrics": {"n": 7}})
    second = registry.take_over(str(folder))
    assert first == second
    assert second.card["metrics"] == registry.artifact_of(second).card["metrics"] == {"n": 7}


def test_a_version_whose_files_are_elsewhere_is_named() -> None:
    with pytest.raises(ArtifactError, match="net 1 are not on this machine"):
        registry.artifact_of(registry.register(artifact()))


def test_the_command_registers_and_activates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_artifact(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    call_command("register_model", "mine")
    assert "testnet 3 is registered" in capsys.readouterr().out
    assert active() == []
    call_command("register_model", "mine", "--activate")
    assert "testnet 3 serves" in capsys.readouterr().out
    assert active() == [ModelVersion.objects.get().sha256]


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no artefact"):
        call_command("register_model", str(tmp_path / "nowhere"))
