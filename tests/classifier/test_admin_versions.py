"""Networks are switched, shadowed and asked again in the admin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from classifier.models import AuditEntry, ModelVersion, Rerun, Status
from classifier.networks import registry
from tests.cards import write_artifact
from tests.classifier.test_admin import url
from tests.factories import prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


@pytest.fixture
def versions(settings: Settings, tmp_path: Path) -> list[ModelVersion]:
    """What the settings name, which serves, and another one."""
    settings.NETWORKS_DIR = tmp_path / "networks"
    settings.ARTIFACT = str(write_artifact(tmp_path / "first", version="1"))
    first = registry.register_served()
    return [first, registry.take_over(str(write_artifact(tmp_path / "second", version="2")))]


def act(client: Client, action: str, *chosen: Any) -> str:
    """What the admin says to it, and the page."""
    form = {"action": action, "_selected_action": [str(one.pk) for one in chosen]}
    page = client.post(url(type(chosen[0]), "changelist"), form, follow=True)
    return " ".join([*map(str, page.context.get("messages", [])), page.content.decode()])


def states(versions: list[ModelVersion]) -> list[str]:
    for version in versions:
        version.refresh_from_db()
    return ["active" if v.active else "shadow" if v.shadow else "" for v in versions]


def noted() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "object_id"))


def test_another_version_is_activated(versions: list[ModelVersion], staff_browser: Client) -> None:
    assert "testnet 2 is active" in act(staff_browser, "activate", versions[1])
    assert states(versions) == ["", "active"]
    assert noted() == [("activated", str(versions[1].pk))]


def test_one_whose_files_were_altered_is_not_activated(
    versions: list[ModelVersion], staff_browser: Client, settings: Settings
) -> None:
    folder = settings.NETWORKS_DIR / versions[1].sha256
    (folder / "served.tflite").write_bytes(b"another")
    assert "served.tflite is not the file" in act(staff_browser, "activate", versions[1])
    assert states(versions) == ["active", ""]
    assert noted() == []


def test_two_are_not_activated_at_once(versions: list[ModelVersion], staff_browser: Client) -> None:
    assert "Choose exactly one version." in act(staff_browser, "activate", *versions)
    assert states(versions) == ["active", ""]


def test_deactivated_the_installations_own_serves_again(
    versions: list[ModelVersion], staff_browser: Client
) -> None:
    registry.activate(versions[1])
    assert "testnet 1 is active" in act(staff_browser, "deactivate", versions[1])
    assert states(versions) == ["active", ""]
    assert noted() == [("deactivated", str(versions[1].pk))]


def test_the_installations_own_cannot_be_deactivated(
    versions: list[ModelVersion], staff_browser: Client
) -> None:
    assert "Activate another one instead." in act(staff_browser, "deactivate", versions[0])
    assert states(versions) == ["active", ""]


def test_a_shadow_is_cast_and_ended(versions: list[ModelVersion], staff_browser: Client) -> None:
    assert "It is the active one." in act(staff_browser, "cast_shadow", versions[0])
    assert "testnet 2 is the shadow now" in act(staff_browser, "cast_shadow", versions[1])
    assert states(versions) == ["active", "shadow"]
    assert "no shadow any more" in act(staff_browser, "deactivate", versions[1])
    assert states(versions) == ["active", ""]


def test_everybodys_photographs_are_classified_again(
    versions: list[ModelVersion], staff: User, staff_browser: Client, wake_ups: list[str]
) -> None:
    for _ in range(3):
        prediction_in(Status.SUCCEEDED)
    assert "of 3 photographs is ordered" in act(staff_browser, "rerun_everything", versions[1])
    rerun = Rerun.objects.get()
    assert (rerun.version, rerun.owner, rerun.ordered_by) == (versions[1], None, staff)
    page = staff_browser.get(url(Rerun, "changelist")).content.decode()
    assert "0 of 3" in page
    assert "1 cancelled" in act(staff_browser, "cancel", rerun)
    rerun.refresh_from_db()
    assert rerun.finished_at is not None


def test_one_users_history_is(
    versions: list[ModelVersion], alice: User, staff_browser: Client, wake_ups: list[str]
) -> None:
    prediction_in(Status.SUCCEEDED, image__owner=alice)
    prediction_in(Status.SUCCEEDED)
    assert "By which network version?" in act(staff_browser, "rerun_history", alice)
    form = {
        "action": "rerun_history",
        "_selected_action": [str(alice.pk)],
        "version": str(versions[1].pk),
    }
    page = staff_browser.post(url(User, "changelist"), form, follow=True).content.decode()
    assert "1 photographs are to be classified by testnet 2." in page
    assert Rerun.objects.get().owner == alice
