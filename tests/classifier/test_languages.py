"""The pages in the reader's language: English, or German without a gap."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from classifier import photo_warnings, queue
from classifier.models import Prediction, Status
from classifier.sentences import KNOWN, translated
from classifier.staff import reruns
from classifier.worker import batch
from tests.cards import CARD
from tests.factories import ModelVersionFactory, prediction_in
from tests.images import upload

FOLDER = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES"
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|%%|%s|\{\}|</?strong>", text))


def test_everything_is_translated_with_its_placeholders() -> None:
    entries = polib.pofile(str(FOLDER / "django.po"))
    assert [entry.msgid for entry in entries if not entry.translated()] == []
    for entry in entries:
        forms = entry.msgstr_plural or {0: entry.msgstr}
        for number, text in forms.items():
            english = entry.msgid_plural if number else entry.msgid
            assert placeholders(text) == placeholders(english)


def test_what_is_compiled_is_what_is_written() -> None:
    """A machine without gettext's tools gets the compiled file from the repository."""
    written = polib.pofile(str(FOLDER / "django.po"))
    compiled = polib.mofile(str(FOLDER / "django.mo"))
    assert {entry.msgid: entry.msgstr for entry in compiled} == {
        entry.msgid: entry.msgstr for entry in written
    }


def test_a_page_comes_in_the_language_that_the_browser_asks_for(
    succeeded: Prediction, alice_browser: Client
) -> None:
    page = alice_browser.get(f"/predictions/{succeeded.pk}/", headers=GERMAN)
    html = " ".join(page.content.decode().split())
    assert '<html lang="de">' in html
    for said in ("Melanozytärer Nävus", "90,0 %", "kein Medizinprodukt", "gleich häufig"):
        assert said in html
    finished = succeeded.finished_at
    assert finished is not None
    assert f"{finished.day}. " in html


@pytest.mark.parametrize("language", ["fr", "nonsense", ""])
def test_an_unknown_language_gets_english(language: str, client: Client, db: None) -> None:
    html = client.get("/accounts/login/", headers={"accept-language": language}).content.decode()
    assert "<h1>Log in</h1>" in html


def test_a_chosen_language_stays(client: Client, db: None) -> None:
    answer = client.post("/language/", {"language": "de", "next": "/about/"})
    assert answer["Location"] == "/about/"
    assert "Was das ist und was nicht" in client.get("/about/").content.decode()


def test_a_bad_file_is_refused_in_the_readers_language(alice_browser: Client, media: Path) -> None:
    answer = alice_browser.post(
        "/upload/", {"images": upload(b"x", "bad.jpg")}, headers=GERMAN, follow=True
    )
    assert "Die Datei ist kein Foto in JPEG, PNG oder HEIC." in answer.content.decode()


def test_the_upload_page_is_told_in_the_readers_language_too(
    alice_browser: Client, media: Path
) -> None:
    """Its script sends each file through the API and shows what that answers."""
    answer = alice_browser.post("/api/v1/predictions/", {"image": upload(b"x")}, headers=GERMAN)
    sentence = "Die Datei ist kein Foto in JPEG, PNG oder HEIC."
    assert answer.json()["error"] == {"code": "not_an_image", "message": sentence}


def test_errors_come_in_the_readers_language(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nicht gefunden" in client.get("/nowhere/", headers=GERMAN).content.decode()
    bad = client.get("/about/", headers=GERMAN | {"host": "elsewhere.example"})
    assert bad.status_code == 400
    assert "Die Anfrage lässt sich nicht verstehen" in bad.content.decode()
    form = Client(enforce_csrf_checks=True).post("/accounts/login/", headers=GERMAN)
    assert form.status_code == 403
    assert "Das Formular ist abgelaufen" in form.content.decode()
    monkeypatch.setattr("classifier.web.networks.render", lambda *_: 1 / 0)
    client.raise_request_exception = False
    broken = client.get("/about/", headers=GERMAN)
    assert broken.status_code == 500
    html = broken.content.decode()
    assert '<html lang="de">' in html
    assert "Bei uns ist etwas schiefgegangen" in html


def test_a_networks_page_says_which_of_its_words_are_english(alice_browser: Client) -> None:
    page = alice_browser.get(f"/models/{ModelVersionFactory(card=CARD).pk}/", headers=GERMAN)
    html = page.content.decode()
    for said in ("Geschlecht: weiblich", "20. November 2026", "Melanom, angestrebt 95"):
        assert said in html
    for english in (CARD["licence"], CARD["calibration"]["fitted_on"]):
        assert f'lang="en">{english}<' in html


def test_a_stored_sentence_is_shown_in_the_readers_language(
    alice: User, alice_browser: Client, media: Path
) -> None:
    failed = prediction_in(Status.FAILED, image__owner=alice, error_message=KNOWN[-6])
    page = alice_browser.get(f"/predictions/{failed.pk}/", headers=GERMAN)
    with translation.override("de"):
        assert translated(KNOWN[-6]) in page.content.decode()


def test_numbers_in_a_sentence_survive_its_translation() -> None:
    sentence = "The photograph is 40 × 50 pixels; each side needs at least 64."
    with translation.override("en"):
        assert translated(sentence) == sentence
    with translation.override("de"):
        assert (
            translated(sentence) == "Das Foto hat 40 × 50 Pixel; jede Seite braucht mindestens 64."
        )
        assert translated("Something else.") == "Something else."


def test_the_workers_sentences_are_known() -> None:
    assert {
        *photo_warnings.SENTENCES.values(),
        batch.UNREADABLE,
        batch.UNAVAILABLE,
        batch.NETWORK_FAILED,
        queue.GIVEN_UP,
        reruns.UNAVAILABLE,
    } <= set(KNOWN)


def test_the_admin_is_in_english_for_everybody(staff_browser: Client) -> None:
    prediction_in(Status.FAILED)
    answer = staff_browser.get("/admin/classifier/prediction/", headers=GERMAN)
    html = answer.content.decode()
    assert answer.headers["Content-Language"] == "en"
    assert '<html lang="en"' in html
    assert "Failed" in html
    assert "Fehlgeschlagen" not in html
    assert '<html lang="de"' in staff_browser.get("/dashboard/", headers=GERMAN).content.decode()
