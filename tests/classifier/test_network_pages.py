"""The networks that have served here, with their cards in words."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from classifier.models import ModelVersion
from ml.artifact import active_name, read_artifact
from tests.cards import CARD
from tests.factories import ModelVersionFactory


def words(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def card_page(client: Client, card: Any, **fields: Any) -> str:
    return words(client, f"/models/{ModelVersionFactory(card=card, **fields).pk}/")


def test_a_network_that_never_served_is_404(alice_browser: Client) -> None:
    assert alice_browser.get("/models/1/").status_code == 404


def test_the_list_names_all_networks_the_serving_one_first(alice_browser: Client) -> None:
    assert "No network has served here yet." in words(alice_browser, "/models/")
    ModelVersionFactory(name="serving", active=True, sha256="1" * 64, card=CARD)
    ModelVersionFactory(name="former", sha256="2" * 64)
    text = words(alice_browser, "/models/")
    assert "serving 1 serves now · 20 November 2026 · balanced accuracy 71 % former 1" in text


def test_every_page_leads_to_the_networks(alice_browser: Client) -> None:
    assert 'href="/models/"' in alice_browser.get("/upload/").content.decode()


def test_a_card_says_what_was_measured_and_how_surely(alice_browser: Client) -> None:
    text = card_page(alice_browser, CARD)
    assert "On 1489 photographs of 1121 lesions that it had never seen" in text
    assert "Accuracy 0.637 0.609 – 0.666" in text
    assert "Balanced accuracy (mean recall of the seven classes) 0.710 0.655 – 0.751" in text
    assert "Melanoma 64 % 14.3 %" in text
    assert "melanoma, 95 % aimed at 0.080 93.7 % 59.4 % held-out" in text
    assert "5 % of proper photographs are refused wrongly" in text
    assert "temperature 1.300, fitted on 1,693 validation photographs" in text


def test_a_card_says_where_the_network_fails(alice_browser: Client) -> None:
    text = card_page(alice_browser, CARD)
    assert "Melanoma: 25 of 100 taken for Melanocytic nevus" in text
    assert "sex: female 700 80 0.651 0.861" in text
    assert "sex: unknown 9 0 0.889 Threshold" in text.replace("Thresholds", "Threshold")
    assert "Share refused as unlike the training photographs 0.053" in text


def test_a_card_says_what_the_network_was_made_of(alice_browser: Client) -> None:
    text = card_page(alice_browser, CARD)
    assert "HAM10000: 6833 photographs to train, 1693 to validate" in text
    assert "by lesion: all photographs of a lesion are on one side" in text
    assert "Parameters 7,654,321" in text
    assert "Learning rate 0.0006" in text
    assert "Patience" not in text  # which was not used
    assert "for non-commercial purposes only" in text


@pytest.mark.parametrize("card", [{}, CARD], ids=["empty", "full"])
def test_a_card_says_what_the_network_is_for_and_what_not(card: Any, alice_browser: Client) -> None:
    text = card_page(alice_browser, card)
    assert "not a medical device" in text
    for unproven in ("dark skin", "without a dermatoscope", "children", "other devices"):
        assert unproven in text


@pytest.mark.parametrize("key", CARD)
def test_what_a_card_does_not_say_is_left_out(key: str, alice_browser: Client) -> None:
    card = copy.deepcopy(CARD)
    del card[key]
    text = card_page(alice_browser, card)
    assert "None" not in text


def test_an_empty_card_has_no_empty_headings(alice_browser: Client) -> None:
    text = card_page(alice_browser, {})
    for heading in ("How good it is", "By class", "Thresholds", "Licence", "Recipe", "Data"):
        assert heading not in text


def test_figures_without_intervals_stand_alone(alice_browser: Client) -> None:
    text = card_page(alice_browser, {"metrics": {"accuracy": 0.5}})
    assert "Accuracy 0.500 What it is for" in text


def test_the_serving_network_names_the_prior_of_this_installation(
    alice_browser: Client, settings: Settings
) -> None:
    settings.CLASS_PRIOR = "ham10000"
    said = "now; its percentages are calculated assuming the frequencies of HAM10000"
    assert said in card_page(alice_browser, CARD, active=True)
    ModelVersion.objects.update(active=False)
    assert said not in card_page(alice_browser, CARD)


def test_the_card_of_what_a_fresh_installation_serves_can_be_read(alice_browser: Client) -> None:
    card = read_artifact(active_name()).card
    text = card_page(alice_browser, card)
    assert f"{card['metrics']['accuracy']:.3f}" in text
    assert "CC BY-NC 4.0" in text
