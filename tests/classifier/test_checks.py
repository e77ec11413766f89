from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from pytest_django import Settings

from classifier import checks
from ml import artifact


def ids() -> list[str | None]:
    found = (*checks.check_artifact(), *checks.check_media(), *checks.check_class_prior())
    return [message.id for message in found]


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders that may not be written to; permissions would not keep root, as in CI, out."""
    folders: list[Path] = []
    monkeypatch.setattr(
        "classifier.checks.os.access",
        lambda path, mode: not (mode & os.W_OK and path in folders),
    )
    return folders


def test_an_artefact_that_is_not_there_is_named(settings: Settings) -> None:
    settings.ARTIFACT = "nonsense"
    (error,) = checks.check_artifact()
    assert error.id == "classifier.E001"
    assert "nonsense" in error.msg
    with pytest.raises(SystemCheckError, match=r"classifier\.E001"):
        call_command("check")


@pytest.mark.parametrize("card", ["{", json.dumps({"name": "net"})])
def test_a_card_that_cannot_be_used_is_named(
    card: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    settings.ARTIFACT = "net"
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / artifact.CARD).write_text(card, encoding="utf-8")
    assert [message.id for message in checks.check_artifact()] == ["classifier.E001"]


def test_no_active_artefact_at_all_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    settings.ARTIFACT = ""
    assert [message.id for message in checks.check_artifact()] == ["classifier.E001"]


def test_a_media_folder_that_cannot_be_written_is_named(
    media: Path, unwritable: list[Path]
) -> None:
    unwritable.append(media)
    (error,) = checks.check_media()
    assert error.id == "classifier.E002"
    assert str(media) in error.msg


def test_a_media_folder_that_cannot_be_made_is_named(
    media: Path, settings: Settings, unwritable: list[Path]
) -> None:
    settings.MEDIA_ROOT = media / "deep" / "below"
    unwritable.append(media)
    assert [message.id for message in checks.check_media()] == ["classifier.E002"]


def test_a_media_folder_that_can_be_made_is_fine(media: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = media / "deep" / "below"
    assert ids() == []
    assert not settings.MEDIA_ROOT.exists()


def test_a_fresh_installation_is_fine(media: Path) -> None:
    assert ids() == []
    # Rows on a server, and wake-ups in files: that is for one machine.
    expected = [] if connection.vendor == "sqlite" else ["skincare.W002"]
    assert [message.id for message in run_checks()] == expected


def test_a_network_that_its_card_does_not_describe_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    folder = tmp_path / "altered"
    folder.mkdir()
    card = artifact.read_artifact(artifact.active_name()).card
    artifact.write_card(folder, card)
    (folder / artifact.MODEL).write_bytes(b"another network")
    monkeypatch.setattr(artifact, "ARTIFACTS", tmp_path)
    settings.ARTIFACT = "altered"
    (error,) = checks.check_artifact()
    assert "not the file that the card describes" in error.msg


@pytest.mark.parametrize(
    "prior", ["", "flat", "mel=1", "akiec=1,bcc=1,bkl=1,df=1,mel=0,nv=1,vasc=1"]
)
def test_a_class_prior_that_is_none_is_named_with_what_would_be(
    prior: str, settings: Settings
) -> None:
    settings.CLASS_PRIOR = prior
    (error,) = checks.check_class_prior()
    assert error.id == "classifier.E003"
    assert error.msg.startswith(f"CLASS_PRIOR: {prior!r} is no class prior: write uniform, ")


@pytest.mark.parametrize(
    ("https", "proxies", "found"), [(False, 0, []), (True, 1, []), (True, 0, ["classifier.W004"])]
)
def test_a_proxy_that_is_not_counted_is_named(
    https: bool, proxies: int, found: list[str], settings: Settings
) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = https, proxies
    assert [message.id for message in checks.check_proxies()] == found
