"""What a result's page says of thresholds, doubts and places, beyond the percentages."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier import heatmap, photo_warnings
from classifier.models import Prediction, Status
from ml.labels import LABELS
from tests.cards import CARD
from tests.classifier.conftest import browser
from tests.classifier.test_pages import assert_clean
from tests.factories import ModelVersionFactory, prediction_in

pytestmark = pytest.mark.usefixtures("media")
REFUSED = {"in_distribution": -0.5, "warnings": ["not_a_lesion"]}
MAPS = heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7)))


def of(owner: User, **fields: Any) -> Prediction:
    return prediction_in(Status.SUCCEEDED, image__owner=owner, **fields)


def shown(client: Client, prediction: Prediction, query: str = "") -> str:
    answer = client.get(f"/predictions/{prediction.pk}/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# The prior


def test_the_prior_is_named_with_its_consequence_for_the_figures(
    alice: User, alice_browser: Client
) -> None:
    version = ModelVersionFactory(card=CARD)
    measured_so = "Both were measured assuming all seven classes equally frequent."
    html = shown(alice_browser, of(alice, prior="ham10000", model_version=version))
    assert "calculated assuming the frequencies of HAM10000." in html
    assert measured_so in html
    assert measured_so not in shown(alice_browser, of(alice, model_version=version))


# Thresholds


def test_without_thresholds_the_page_speaks_of_none(alice: User, alice_browser: Client) -> None:
    assert "threshold" not in shown(alice_browser, of(alice))


def test_the_main_thresholds_are_shown_and_the_further_ones_are_folded_away(
    alice: User, alice_browser: Client
) -> None:
    version = ModelVersionFactory(card=CARD)
    html = shown(alice_browser, of(alice, label="bcc", model_version=version))
    main, _, folded = html.partition("<details>")
    sides = re.findall(r"<li( class=\"reached\")?> <strong>([^<]+)</strong>", main)
    assert sides == [
        ("", "Below the melanoma threshold"),
        (' class="reached"', "Above the malignant-or-pre-malignant threshold"),
    ]
    assert "found 94 of 100 melanomas, missed 6 and raised a false alarm on 41 of 100" in main
    assert "found 88 of 100 melanomas" in folded.partition("</details>")[0]


# Not a lesion


def test_what_is_not_recognised_gets_a_notice_instead_of_percentages(
    alice: User, alice_browser: Client
) -> None:
    refused = of(alice, **REFUSED, class_maps=MAPS, model_version=ModelVersionFactory(card=CARD))
    html = shown(alice_browser, refused)
    assert "<h2>Not recognised as a lesion</h2>" in html
    assert "This does not look like a dermatoscopic photograph of a skin lesion" in html
    for withheld in ("%", "Melanocytic nevus", "threshold", "heatmap", "Malignant or"):
        assert withheld not in html


def test_what_is_recognised_gets_no_such_notice(alice: User, alice_browser: Client) -> None:
    html = shown(alice_browser, of(alice, in_distribution=0.0))
    assert "90.0 %" in html
    assert "recognised as a lesion" not in html


def test_a_wrong_refusal_can_be_classified_again_and_deleted(
    alice: User, alice_browser: Client
) -> None:
    refused = of(alice, **REFUSED)
    html = shown(alice_browser, refused)
    assert f'action="/predictions/{refused.pk}/retry/"' in html
    assert f'href="/predictions/{refused.pk}/delete/"' in html
    assert alice_browser.post(f"/predictions/{refused.pk}/retry/").status_code == 302
    assert refused.image.predictions.count() == 2


def test_staff_may_unfold_what_the_network_says_all_the_same(staff: User) -> None:
    html = shown(browser(staff), of(staff, **REFUSED))
    before, _, unfolded = html.partition("<details>")
    assert "%" not in before
    assert "90.0 %" in unfolded.partition("</details>")[0]


def test_the_history_says_so_too_and_has_no_class_for_it(
    alice: User, alice_browser: Client
) -> None:
    refused, recognised = of(alice, **REFUSED), of(alice)
    entries = " ".join(alice_browser.get("/history/").content.decode().split())
    entries = entries[entries.index('<ul class="history">') :]
    assert entries.count("Not recognised as a lesion") == 1
    assert entries.count("90.0 %") == 1
    of_its_class = alice_browser.get("/history/", {"label": "nv"}).content.decode()
    assert str(recognised.pk) in of_its_class
    assert str(refused.pk) not in of_its_class
    assert str(refused.pk) in alice_browser.get("/history/", {"label": "wart"}).content.decode()


# Warnings


def test_warnings_are_shown_beside_the_result(
    alice: User, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(photo_warnings.SENTENCES, "blurred", "The photograph is blurred.")
    html = shown(alice_browser, of(alice, warnings=["blurred"]))
    assert "<li>The photograph is blurred.</li>" in html
    assert "90.0 %" in html
    refused = of(alice, **{**REFUSED, "warnings": ["blurred", "not_a_lesion"]})
    assert "<li>The photograph is blurred.</li>" in shown(alice_browser, refused)


# Where the network looked


def test_without_maps_nothing_is_said_of_places(alice: User, alice_browser: Client) -> None:
    assert "Where the network looked" not in shown(alice_browser, of(alice))


@pytest.mark.parametrize(
    ("query", "label", "name"),
    [
        ("", "nv", "Melanocytic nevus"),
        ("?heatmap=mel", "mel", "Melanoma"),
        ("?heatmap=wart", "nv", "Melanocytic nevus"),
    ],
)
def test_the_map_is_that_of_the_class_that_was_chosen(
    query: str, label: str, name: str, alice: User, alice_browser: Client
) -> None:
    prediction = of(alice, class_maps=MAPS)
    html = shown(alice_browser, prediction, query)
    (source, alt) = re.findall(r'src="([^"]+heatmap[^"]+)" alt="([^"]+)"', html)[0]
    assert source == f"/api/v1/predictions/{prediction.pk}/heatmap/?label={label}"
    assert f"spoke for {name}" in alt
    assert alice_browser.get(source)["Content-Type"] == "image/png"
    choice = html.partition('name="heatmap"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="(\w+)" selected', choice) == [label]
    offered = re.findall(r'<option value="(\w+)"(?: selected)?>', choice)
    assert sorted(offered) == list(LABELS)


def test_the_choice_works_without_javascript(alice: User, alice_browser: Client) -> None:
    prediction = of(alice, class_maps=MAPS)
    html = shown(alice_browser, prediction)
    form = re.search(r'<form method="get" action="([^"]+)".*?</form>', html)
    assert form
    assert form[1] == f"/predictions/{prediction.pk}/#heatmap"
    assert '<button class="quiet" data-without-script>Show</button>' in form[0]
    assert '<figure id="heatmap">' in html


def test_pages_with_everything_on_them_are_clean(alice: User, alice_browser: Client) -> None:
    version = ModelVersionFactory(card=CARD, active=True)
    everything = of(alice, class_maps=MAPS, warnings=["blurred"], model_version=version)
    refused = of(alice, **REFUSED, class_maps=MAPS, model_version=version)
    for path in (f"predictions/{everything.pk}", f"predictions/{refused.pk}", "history", "models"):
        assert_clean(alice_browser.get(f"/{path}/").content.decode())
    assert_clean(alice_browser.get(f"/models/{version.pk}/").content.decode())
