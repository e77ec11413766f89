from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from classifier import registry
from classifier.models import ModelVersion
from ml.artifact import Artifact, ArtifactError, active_name, read_artifact

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


def test_an_artefact_becomes_the_active_version() -> None:
    version = registry.register(artifact(metrics={"n": 3}))
    version.refresh_from_db()
    assert (version.name, version.version, version.active) == ("net", "1", True)
    assert version.sha256 == "a" * 64
    assert version.card["metrics"] == {"n": 3}


def test_registering_again_changes_nothing() -> None:
    first, second = registry.register(artifact()), registry.register(artifact())
    assert first == second
    assert first.created_at == second.created_at
    assert ModelVersion.objects.count() == 1
    assert active() == ["a" * 64]


def test_another_network_takes_the_place_of_the_former() -> None:
    for sha256 in ("a" * 64, "b" * 64, "a" * 64):
        registry.register(artifact(sha256))
        assert active() == [sha256]
    assert ModelVersion.objects.count() == 2


def test_a_card_that_was_completed_is_taken_over() -> None:
    registry.register(artifact())
    registry.register(artifact(metrics={"n": 3}))
    assert ModelVersion.objects.get().card["metrics"] == {"n": 3}


def test_the_setting_comes_before_the_default(settings: Settings) -> None:
    settings.ARTIFACT = "other"
    assert registry.artifact_name() == "other"


def test_what_is_served_by_default_is_registered(settings: Settings) -> None:
    settings.ARTIFACT = ""
    version = registry.register_served()
    assert version.sha256 == read_artifact(active_name()).sha256
    assert active() == [version.sha256]
