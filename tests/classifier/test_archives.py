"""Zips of photographs and results: built in the background, bit by bit."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from classifier import tasks
from classifier.delivery.webhook_records import Webhook
from classifier.downloads import archives, workpieces
from classifier.models import Prediction, Status
from classifier.privacy import retention
from classifier.records import Archive, Lesion
from classifier.staff import audit
from tests.everything import WORDS, everything_of
from tests.factories import prediction_in

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture(autouse=True)
def own_disk(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent."""
    names: list[str] = []
    monkeypatch.setattr(
        "classifier.downloads.archives.current_app.send_task", lambda name, **_: names.append(name)
    )
    return names


def ordered(*predictions: Prediction, owner: User) -> Archive:
    return archives.order(owner, [str(prediction.pk) for prediction in predictions])


def downloaded(client: Client, archive: Archive) -> zipfile.ZipFile:
    answer = client.get(f"/archives/{archive.pk}/download/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def photographs(file: zipfile.ZipFile) -> set[str]:
    return {Path(name).stem for name in file.namelist() if name.startswith("photographs/")}


def test_before_it_is_ready_there_is_nothing_to_download(
    alice: User, alice_browser: Client
) -> None:
    archive = ordered(prediction_in(Status.QUEUED, image__owner=alice), owner=alice)
    assert alice_browser.get(f"/archives/{archive.pk}/download/").status_code == 404
    html = " ".join(alice_browser.get(f"/archives/{archive.pk}/").content.decode().split())
    assert "It is being built: 0 of 1." in html
    assert f'hx-get="/archives/{archive.pk}/"' in html


def test_chosen_photographs_come_with_their_results(alice: User, alice_browser: Client) -> None:
    chosen = [prediction_in(Status.SUCCEEDED, image__owner=alice) for _ in range(2)]
    prediction_in(Status.SUCCEEDED, image__owner=alice)
    fields = {"action": "zip", "chosen": [one.pk for one in chosen]}
    answer = alice_browser.post("/history/selected/", fields)
    archive = Archive.objects.get()
    assert answer["Location"] == f"/archives/{archive.pk}/"

    assert archives.build(seconds=10) is False
    file = downloaded(alice_browser, archive)
    assert photographs(file) == {str(one.image_id) for one in chosen}
    table = file.read("results.csv").decode("utf-8-sig")
    assert len(table.splitlines()) == 3
    assert "account.json" not in file.namelist()
    html = alice_browser.get(f"/archives/{archive.pk}/").content.decode()
    assert "hx-get" not in html


def test_all_that_a_filter_finds_can_be_packed(alice: User, alice_browser: Client) -> None:
    failed = prediction_in(Status.FAILED, image__owner=alice)
    prediction_in(Status.QUEUED, image__owner=alice)
    alice_browser.post("/history/archive/?status=failed")
    assert Archive.objects.get().selection == [str(failed.pk)]


def test_a_slice_goes_on_where_the_last_one_ended(
    alice: User, alice_browser: Client, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [prediction_in(Status.QUEUED, image__owner=alice) for _ in range(41)]
    archive = ordered(*made, owner=alice)
    clock = iter(range(1000))
    monkeypatch.setattr("classifier.downloads.archives.time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(tasks, "ARCHIVE_SECONDS", 2.0)
    slices = 0
    while not Archive.objects.get().finished_at:
        tasks.build_archives()
        slices += 1
    assert slices == 3
    assert sent == ["classifier.tasks.build_archives"] * 2
    assert len(photographs(downloaded(alice_browser, archive))) == 41


def test_one_whose_slice_was_cut_off_is_begun_anew_when_its_lease_has_ended(
    alice: User, alice_browser: Client
) -> None:
    made = [prediction_in(Status.QUEUED, image__owner=alice) for _ in range(2)]
    archive = ordered(*made, owner=alice)
    archives.build(seconds=0)
    held = workpieces.take(archive)
    assert held is not None
    held.write_bytes(b"PK torn")  # its worker was killed
    Archive.objects.update(done=1, claimed_until=timezone.now() - archives.LEASE)
    archives.build(seconds=10)
    assert len(photographs(downloaded(alice_browser, archive))) == 2


def test_a_part_on_another_machine_is_left_to_it_until_it_is_lost(
    alice: User, sent: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = ordered(prediction_in(Status.QUEUED, image__owner=alice), owner=alice)
    archives.build(seconds=0)
    monkeypatch.setattr(workpieces, "folder", lambda: tmp_path)  # another machine's disk
    tasks.build_archives()
    assert not Archive.objects.get().is_ready
    assert sent == ["classifier.tasks.build_archives"]  # for the machine that has it
    tasks.tend_archives()
    assert len(sent) == 1
    Archive.objects.update(claimed_until=timezone.now() - archives.LEASE)
    tasks.tend_archives()
    assert len(sent) == 2
    tasks.build_archives()
    assert Archive.objects.get() == archive
    assert Archive.objects.get().is_ready


def test_no_part_is_left_of_what_is_done_or_deleted(
    alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    done, deleted = (
        ordered(prediction_in(Status.QUEUED, image__owner=alice), owner=alice) for _ in range(2)
    )
    archives.build(seconds=10)
    assert Archive.objects.get(pk=done.pk).is_ready
    archives.build(seconds=0)
    assert [path.stem for path in workpieces.folder().iterdir()] == [deleted.pk.hex]
    with django_capture_on_commit_callbacks(execute=True):
        deleted.delete()
    assert list(workpieces.folder().iterdir()) == []


def test_a_part_of_an_archive_that_another_machine_deleted_goes_too(alice: User) -> None:
    archive = ordered(prediction_in(Status.QUEUED, image__owner=alice), owner=alice)
    archives.build(seconds=0)
    Archive.objects.all().delete()  # on commit, which never comes here
    assert [path.stem for path in workpieces.folder().iterdir()] == [archive.pk.hex]
    tasks.tend_archives()
    assert list(workpieces.folder().iterdir()) == []


def test_what_another_worker_holds_is_left_alone_until_its_lease_ends(alice: User) -> None:
    ordered(prediction_in(Status.QUEUED, image__owner=alice), owner=alice)
    now = timezone.now()
    Archive.objects.update(claimed_until=now + archives.LEASE)
    archives.build(seconds=10)
    assert Archive.objects.get().finished_at is None
    Archive.objects.update(claimed_until=now - archives.LEASE)
    archives.build(seconds=10)
    assert Archive.objects.get().is_ready


def test_what_is_deleted_meanwhile_is_left_out(alice: User, alice_browser: Client) -> None:
    kept, gone = (prediction_in(Status.QUEUED, image__owner=alice) for _ in range(2))
    archive = ordered(kept, gone, owner=alice)
    gone.image.delete()
    archives.build(seconds=10)
    assert photographs(downloaded(alice_browser, archive)) == {str(kept.image_id)}


def test_a_selection_cannot_reach_others_photographs(
    alice: User, bob: User, alice_browser: Client
) -> None:
    archive = ordered(prediction_in(Status.QUEUED, image__owner=bob), owner=alice)
    archives.build(seconds=10)
    assert photographs(downloaded(alice_browser, archive)) == set()


def test_one_that_cannot_be_built_says_so_and_blocks_no_other(
    alice: User, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ordered(owner=alice)
    monkeypatch.setattr(archives, "_close", lambda *_: (_ for _ in ()).throw(OSError("full")))
    assert archives.build(seconds=10) is False
    html = alice_browser.get(f"/archives/{archive.pk}/").content.decode()
    assert "could not be built" in html


def test_after_a_day_row_and_file_go(
    alice: User, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    old, young = ordered(owner=alice), ordered(owner=alice)
    while archives.build(seconds=10):
        pass
    day = datetime.timedelta(days=1, minutes=1)
    Archive.objects.filter(pk=old.pk).update(created_at=timezone.now() - day)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tend_archives()
    assert Archive.objects.get() == young
    assert [path.stem for path in media.glob("archives/*")] == [young.pk.hex]


def test_a_lost_wake_up_is_sent_again(alice: User, sent: list[str]) -> None:
    tasks.tend_archives()
    assert sent == []
    ordered(owner=alice)
    tasks.tend_archives()
    assert sent == ["classifier.tasks.build_archives"]


def test_my_data_are_all_of_mine(alice: User, bob: User, alice_browser: Client) -> None:
    mine = prediction_in(Status.SUCCEEDED, image__owner=alice)
    prediction_in(Status.SUCCEEDED, image__owner=bob)
    Lesion.objects.create(owner=alice, name="left heel")
    alice_browser.post("/account/data/")
    archives.build(seconds=10)
    file = downloaded(alice_browser, Archive.objects.get())
    assert photographs(file) == {str(mine.image_id)}
    account: dict[str, Any] = json.loads(file.read("account.json"))
    assert (account["username"], account["lesions"]) == ("alice", ["left heel"])


def test_my_data_hold_what_others_said_and_did_and_no_secret(
    alice: User, bob: User, staff: User, alice_browser: Client, wake_ups: list[str],
    tmp_path: Path, settings: Settings,
) -> None:  # fmt: skip
    settings.EMAIL_FILE_PATH = tmp_path
    mine, _ = everything_of(alice, staff)
    everything_of(bob, staff)
    Archive.objects.all().delete()
    Webhook.objects.update(secret="whsec_never-shown")
    retention.choose(alice, 90)
    audit.note(staff, audit.Action.CHANGED, [alice, bob])
    alice_browser.post("/account/data/")
    while archives.build(seconds=60):
        pass
    file = downloaded(alice_browser, Archive.objects.get())

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in file.read(name).decode().splitlines()]

    account = json.loads(file.read("account.json"))
    assert account["photographs_are_deleted_after_days"] == 90
    assert [hook["url"] for hook in account["webhooks"]] == [f"https://{WORDS}.example.org/"]
    assert [token["name"] for token in account["api_tokens"]] == [WORDS]
    photographs_said = {row["id"]: row for row in lines("photographs.jsonl")}
    assert len(photographs_said) == 2
    assert photographs_said[str(mine.image_id)]["note"] == f"{WORDS} itches"
    assert {row["label"] for row in lines("diagnoses.jsonl")} == {"mel"}
    assert {row["note"] for row in lines("diagnoses.jsonl")} == {f"{WORDS} again"}
    assert len(lines("webhook_deliveries.jsonl")) == 2
    noted = {(row["action"], row["object_id"]) for row in lines("seen_by_staff.jsonl")}
    assert {("viewed", str(mine.image_id)), ("changed", str(alice.pk))} <= noted
    assert ("changed", str(bob.pk)) not in noted
    everything = b"".join(file.read(name) for name in file.namelist()).decode("latin-1")
    for secret in ("whsec_never-shown", "digest", alice.password, "staff", "bob"):
        assert secret not in everything.replace("seen_by_staff", "")
