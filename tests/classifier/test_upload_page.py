from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from classifier import intake
from classifier.models import LesionImage, Prediction
from tests.conftest import stored_files
from tests.images import encoded, lesion, upload

pytestmark = pytest.mark.usefixtures("media")

FUTURE = timezone.localdate() + datetime.timedelta(days=2)  # still so after midnight
SMALL = encoded(lesion(40, 40))
SMALL_SENTENCE = "The photograph is 40 × 40 pixels; each side needs at least 64."


def send(client: Client, *files: Any, **fields: str) -> Any:
    """The page to which the upload leads, with its messages."""
    return client.post("/upload/", {"images": files, **fields}, follow=True)


def messages(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("fields", [{}, {"note": "Itches."}])
def test_no_file_chosen(fields: dict[str, str], alice_browser: Client) -> None:
    answer = alice_browser.post("/upload/", fields)
    assert answer.status_code == 200
    assert "Choose at least one photograph." in answer.content.decode()
    assert not LesionImage.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("taken_on", FUTURE.isoformat(), "future"),
        ("taken_on", "never", "valid date"),
        ("body_site", "left pocket", "valid choice"),
        ("note", "n" * 2001, "at most 2000"),
    ],
)
def test_a_bad_field_stores_nothing(
    field: str, value: str, words: str, alice_browser: Client, media: Path
) -> None:
    answer = send(alice_browser, upload(), **{field: value})
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.context["form"].errors[field][0]
    assert stored_files(media) == []
    assert not LesionImage.objects.exists()


def test_only_bad_files_lead_back_with_a_sentence_for_each(
    alice_browser: Client, media: Path
) -> None:
    answer = send(alice_browser, upload(SMALL, "a.jpg"), upload(b"", "b.jpg"))
    assert answer.redirect_chain == [("/upload/", 302)]
    assert messages(answer) == [f"a.jpg: {SMALL_SENTENCE}", "b.jpg: The file is empty."]
    assert not LesionImage.objects.exists()
    assert stored_files(media) == []


def test_a_bad_file_spoils_no_other(alice_browser: Client, media: Path) -> None:
    files = upload(name="a.jpg"), upload(SMALL, "b.jpg"), upload(name="c.jpg")
    answer = send(alice_browser, *files)
    assert answer.redirect_chain == [("/history/", 302)]
    assert messages(answer) == [
        f"b.jpg: {SMALL_SENTENCE}",
        "2 photographs are being classified.",
    ]
    assert set(LesionImage.objects.values_list("original_name", flat=True)) == {"a.jpg", "c.jpg"}
    assert len(stored_files(media)) == 4


def test_one_good_among_bad_leads_to_its_page_with_the_sentences(alice_browser: Client) -> None:
    answer = send(alice_browser, upload(SMALL, "b.jpg"), upload(name="a.jpg"))
    assert answer.redirect_chain == [(f"/predictions/{Prediction.objects.get().pk}/", 302)]
    assert messages(answer) == [f"b.jpg: {SMALL_SENTENCE}"]


def test_a_file_name_in_a_message_is_only_text(alice_browser: Client) -> None:
    html = send(alice_browser, upload(SMALL, "<script>x.jpg")).content.decode()
    assert "&lt;script&gt;x.jpg: The photograph is" in html
    assert "<script>x" not in html


def test_a_photograph_leads_to_its_page(alice: User, alice_browser: Client) -> None:
    today = timezone.localdate()
    answer = send(
        alice_browser,
        upload(name="mole.jpg"),
        note="Itches.",
        body_site="back",
        taken_on=today.isoformat(),
    )
    prediction = Prediction.objects.get()
    assert answer.redirect_chain == [(f"/predictions/{prediction.pk}/", 302)]
    image = prediction.image
    assert image.owner == prediction.owner == alice
    assert (image.original_name, image.note) == ("mole.jpg", "Itches.")
    assert (image.body_site, image.taken_on) == ("back", today)


def test_several_photographs_lead_to_the_history(alice_browser: Client) -> None:
    answer = send(alice_browser, *(upload(name=f"{n}.jpg") for n in range(3)), note="Same day.")
    assert answer.redirect_chain == [("/history/", 302)]
    assert messages(answer) == ["3 photographs are being classified."]
    assert LesionImage.objects.filter(note="Same day.").count() == 3


def test_a_form_from_elsewhere_is_refused(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/upload/", {"images": upload()}).status_code == 403
    assert not LesionImage.objects.exists()


def test_our_own_failure_with_one_file_loses_no_other(
    alice_browser: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    submit = intake.submit

    def choke(**fields: Any) -> Prediction:
        if fields["file"].name == "unlucky.jpg":
            raise OSError("no space left on device")
        return submit(**fields)

    monkeypatch.setattr(intake, "submit", choke)
    answer = send(alice_browser, upload(), upload(name="unlucky.jpg"), upload())
    assert LesionImage.objects.count() == 2
    assert any("unlucky.jpg: It could not be stored." in message for message in messages(answer))
    assert "no space left" in caplog.text
    assert "unlucky" not in caplog.text


def test_the_name_of_a_refused_file_is_shown_without_control_characters(
    alice_browser: Client,
) -> None:
    answer = send(alice_browser, upload(b"no image", name="evil\u202egpj.exe"))
    assert messages(answer) == ["evilgpj.exe: The file is not a JPEG, PNG or HEIC photograph."]
