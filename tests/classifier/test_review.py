"""The review: a photograph, seven buttons, the next one."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from classifier.models import Diagnosis, LesionImage, Prediction, Status
from classifier.staff import review, roles
from ml.labels import LABELS
from tests.classifier.conftest import browser, queries
from tests.classifier.test_admin import diagnosis_of
from tests.factories import UserFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
QUEUE = "/review/"


@pytest.fixture
def reviewer(db: None) -> User:
    user = UserFactory(username="reviewer", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.REVIEWER))
    return user


@pytest.fixture
def page(reviewer: User) -> Client:
    return browser(reviewer)


@pytest.fixture
def photographs() -> list[LesionImage]:
    """Newest first, each with a result."""
    return [prediction_in(Status.SUCCEEDED).image for _ in range(3)][::-1]


def one(image: LesionImage) -> str:
    return reverse("review_photograph", args=[image.pk])


def confirm(page: Client, image: LesionImage, label: str, **fields: str) -> Any:
    form = {"label": label, "method": "histo", "note": "", "seen": "", **fields}
    return page.post(one(image), form)


def shown(answer: Any) -> LesionImage | None:
    image: LesionImage | None = answer.context["image"]
    return image


def test_from_the_newest_to_the_oldest(page: Client, photographs: list[LesionImage]) -> None:
    answer = page.get(QUEUE)
    for image, label in zip(photographs, ("mel", "nv", "df"), strict=True):
        assert shown(answer) == image
        answer = page.get(confirm(page, image, label)["Location"])
    assert shown(answer) is None
    assert "None older is left" in answer.content.decode()
    found = dict(Diagnosis.objects.values_list("image", "label"))
    assert [found[image.pk] for image in photographs] == ["mel", "nv", "df"]


def test_a_diagnosis_says_who_confirmed_it_and_how(
    page: Client, reviewer: User, photographs: list[LesionImage]
) -> None:
    confirm(page, photographs[0], "bcc", method="confocal", note="Twice.")
    diagnosis = Diagnosis.objects.get()
    assert (diagnosis.label, diagnosis.method, diagnosis.note) == ("bcc", "confocal", "Twice.")
    assert diagnosis.diagnosed_by == reviewer


def test_the_next_photograph_is_confirmed_in_the_same_way_unless_another_is_chosen(
    page: Client, photographs: list[LesionImage]
) -> None:
    answer = page.get(confirm(page, photographs[0], "bcc", method="consensus")["Location"])
    assert re.search(r'value="consensus"\s+selected', answer.content.decode())


def test_each_class_is_a_button_with_a_key(page: Client, photographs: list[LesionImage]) -> None:
    html = page.get(QUEUE).content.decode()
    buttons = re.findall(r'name="label"\s+value="(\w+)"\s+data-key="(\d)"', html)
    assert buttons == [(label, str(key)) for key, label in enumerate(LABELS, start=1)]


def test_what_is_passed_over_stays_for_later(page: Client, photographs: list[LesionImage]) -> None:
    answer = page.get(QUEUE, {"after": str(photographs[0].pk)})
    assert shown(answer) == photographs[1]
    assert "Passed over" in answer.content.decode()
    assert shown(page.get(QUEUE)) == photographs[0]


def test_the_last_one_can_be_corrected(
    page: Client, reviewer: User, photographs: list[LesionImage]
) -> None:
    answer = page.get(confirm(page, photographs[0], "mel")["Location"])
    assert one(photographs[0]) in answer.content.decode()
    html = page.get(one(photographs[0])).content.decode()
    assert 'name="seen" value="mel"' in html
    confirm(page, photographs[0], "nv", seen="mel")
    assert Diagnosis.objects.get().label == "nv"


def test_of_two_who_record_at_once_the_first_counts(
    page: Client, photographs: list[LesionImage]
) -> None:
    confirm(page, photographs[0], "mel")
    other = browser(UserFactory(is_staff=True, is_superuser=True))
    answer = other.get(confirm(other, photographs[0], "nv")["Location"])
    assert "nothing is changed" in answer.content.decode()
    assert Diagnosis.objects.get().label == "mel"


@pytest.mark.parametrize("field", ["label", "method"])
def test_what_is_none_is_not_recorded(
    field: str, page: Client, photographs: list[LesionImage]
) -> None:
    form = {"label": "mel", field: "nonsense"}
    answer = confirm(page, photographs[0], **form)
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert not Diagnosis.objects.exists()


def test_a_photograph_that_is_not_there_is_a_404(page: Client) -> None:
    path = reverse("review_photograph", args=[uuid4()])
    assert page.get(path).status_code == 404
    assert page.post(path, {"label": "mel"}).status_code == 404


@pytest.mark.parametrize("after", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_place_begins_anew(
    after: str, page: Client, photographs: list[LesionImage]
) -> None:
    assert shown(page.get(QUEUE, {"after": after})) == photographs[0]


def test_without_anything_to_review_it_says_so(page: Client) -> None:
    assert "Every photograph has its diagnosis" in page.get(QUEUE).content.decode()


def test_the_networks_word_is_folded_away(page: Client, photographs: list[LesionImage]) -> None:
    html = page.get(QUEUE).content.decode()
    assert "Melanocytic nevus</strong>" in html.partition("<details>")[2]
    assert "Melanocytic nevus</strong>" not in html.partition("<details>")[0]


def test_file_names_are_not_shown(page: Client) -> None:
    prediction_in(Status.SUCCEEDED, image__original_name="secret.jpg")
    assert "secret.jpg" not in page.get(QUEUE).content.decode()


def test_photographs_are_shown_in_every_state(any_prediction: Prediction, page: Client) -> None:
    answer = page.get(QUEUE)
    assert shown(answer) == any_prediction.image
    assert reverse("api:prediction-image", args=[any_prediction.pk]) in answer.content.decode()


def test_no_more_than_a_thousand_are_counted(
    page: Client, photographs: list[LesionImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "3 photographs wait" in page.get(QUEUE).content.decode()
    monkeypatch.setattr(review, "COUNTED", 2)
    assert "More than 2 photographs wait" in page.get(QUEUE).content.decode()


def test_the_number_of_queries_does_not_grow(page: Client, photographs: list[LesionImage]) -> None:
    def visit() -> None:
        assert page.get(QUEUE).status_code == 200

    visit()
    few = queries(visit)
    for _ in range(10):
        diagnosis_of(prediction_in(Status.SUCCEEDED).image)
        prediction_in(Status.SUCCEEDED, image=photographs[0])
    assert queries(visit) == few
