"""Lesions over time: photographs of one spot, in order, compared and plotted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from classifier import lesions
from classifier.models import LesionImage, Prediction, Status
from classifier.records import Lesion
from classifier.web.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, plot
from tests.factories import prediction_in

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def heel(alice: User) -> Lesion:
    return Lesion.objects.create(owner=alice, name="left heel")


def visit(lesion: Lesion, day: str, **fields: Any) -> Prediction:
    return prediction_in(
        Status.SUCCEEDED,
        image__owner=lesion.owner,
        image__lesion=lesion,
        image__taken_on=day,
        **fields,
    )


def put(client: Client, prediction: Prediction, **fields: str) -> Any:
    return client.post(f"/predictions/{prediction.pk}/lesion/", fields, follow=True)


def page(client: Client, lesion: Lesion, query: str = "") -> str:
    answer = client.get(f"/lesions/{lesion.pk}/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# Which lesion a photograph shows


def test_anothers_lesion_takes_no_photograph(
    bob: User, succeeded: Prediction, alice_browser: Client
) -> None:
    theirs = Lesion.objects.create(owner=bob, name="nose")
    answer = put(alice_browser, succeeded, lesion=str(theirs.pk))
    assert "not one of yours" in answer.content.decode()
    assert LesionImage.objects.get().lesion is None
    assert "nose" not in alice_browser.get("/lesions/").content.decode()


def test_a_new_lesion_is_made_by_its_name_and_found_again(
    alice: User, succeeded: Prediction, alice_browser: Client
) -> None:
    answer = put(alice_browser, succeeded, new_name=" left heel ")
    lesion = Lesion.objects.get()
    assert answer.redirect_chain == [(f"/lesions/{lesion.pk}/", 302)]
    assert (lesion.name, lesion.owner) == ("left heel", alice)
    put(alice_browser, prediction_in(Status.QUEUED, image__owner=alice), new_name="left heel")
    assert Lesion.objects.get().images.count() == 2
    listed = " ".join(alice_browser.get("/lesions/").content.decode().split())
    assert "left heel</a>" in listed
    assert "2 photographs" in listed


def test_a_photograph_can_be_moved_and_taken_out(
    heel: Lesion, succeeded: Prediction, alice_browser: Client
) -> None:
    put(alice_browser, succeeded, lesion=str(heel.pk))
    html = alice_browser.get(f"/predictions/{succeeded.pk}/").content.decode()
    assert f'<option value="{heel.pk}" selected>left heel</option>' in html
    answer = put(alice_browser, succeeded, lesion="")
    assert "belongs to no lesion now" in answer.content.decode()
    assert not heel.images.exists()


def test_dissolving_a_lesion_keeps_its_photographs(heel: Lesion, alice_browser: Client) -> None:
    visit(heel, "2024-05-17")
    alice_browser.post(f"/lesions/{heel.pk}/dissolve/")
    assert not Lesion.objects.exists()
    assert LesionImage.objects.get().lesion is None


# In order


def test_photographs_stand_in_the_order_in_which_they_were_taken(heel: Lesion) -> None:
    late, early = visit(heel, "2025-01-02"), visit(heel, "2024-05-17")
    today = visit(heel, None)  # type: ignore[arg-type]  # then the day of its upload
    assert [one.prediction for one in lesions.course(heel)] == [early, late, today]


def test_a_photograph_counts_with_its_latest_result(heel: Lesion) -> None:
    first = visit(heel, "2024-05-17")
    prediction_in(Status.FAILED, image=first.image)
    assert lesions.course(heel)[0].prediction == first
    newer = prediction_in(Status.SUCCEEDED, image=first.image, label="mel")
    assert [one.prediction for one in lesions.course(heel)] == [newer]


# Compared


def test_one_photograph_has_nothing_to_be_compared_with(
    heel: Lesion, alice_browser: Client
) -> None:
    visit(heel, "2024-05-17")
    assert "Compare" not in page(alice_browser, heel)


def test_the_first_and_the_last_are_compared_until_others_are_chosen(
    heel: Lesion, alice_browser: Client
) -> None:
    made = [visit(heel, f"2024-0{month}-01") for month in range(1, 5)]

    def compared(query: str = "") -> list[str]:
        return re.findall(r'<option value="([^"]+)" selected', page(alice_browser, heel, query))

    assert compared() == [str(made[0].pk), str(made[3].pk)]
    assert compared(f"?a={made[2].pk}&b={made[1].pk}") == [str(made[2].pk), str(made[1].pk)]
    assert compared("?a=nonsense") == [str(made[0].pk), str(made[3].pk)]


# Plotted


def test_fewer_than_two_results_are_no_line(heel: Lesion, alice_browser: Client) -> None:
    visit(heel, "2024-05-17")
    visit(heel, "2024-05-18", in_distribution=-1.0)
    prediction_in(Status.FAILED, image__owner=heel.owner, image__lesion=heel)
    assert plot(lesions.course(heel)) is None
    assert "over time;" not in page(alice_browser, heel)


def test_the_plot_is_to_scale_in_days_and_shares(heel: Lesion) -> None:
    visit(heel, "2024-01-01", label="nv")
    visit(heel, "2024-01-02", label="mel")
    visit(heel, "2024-01-11", label="mel")
    drawn = plot(lesions.course(heel))
    assert drawn
    assert [series.name for series in drawn.series[:1]] == ["Malignant or pre-malignant"]
    assert {"Melanoma", "Melanocytic nevus"} <= {series.name for series in drawn.series}
    sums = drawn.series[0].points
    assert [point.x for point in sums] == [
        LEFT,
        pytest.approx(LEFT + (WIDTH - LEFT - RIGHT) / 10),
        WIDTH - RIGHT,
    ]
    assert sums[0].share == pytest.approx(0.05)
    assert sums[2].y == pytest.approx(TOP + (1 - sums[2].share) * (HEIGHT - TOP - BOTTOM))


def test_photographs_of_one_day_stand_side_by_side(heel: Lesion) -> None:
    for _ in range(3):
        visit(heel, "2024-01-01")
    drawn = plot(lesions.course(heel))
    assert drawn
    assert len({point.x for point in drawn.series[0].points}) == 3


def test_the_plot_is_drawn_in_every_language(heel: Lesion, alice_browser: Client) -> None:
    """A decimal comma is no coordinate."""
    visit(heel, "2024-01-01", label="nv")
    visit(heel, "2024-01-11", label="mel")
    answer = alice_browser.get(f"/lesions/{heel.pk}/", headers={"accept-language": "de"})
    drawn = re.findall(r'<circle cx="([^"]+)" cy="([^"]+)"', answer.content.decode())
    assert len(drawn) == 8
    assert all(float(x) >= LEFT and float(y) >= TOP for x, y in drawn)


def test_the_figures_stand_in_a_table_too(heel: Lesion, alice_browser: Client) -> None:
    visit(heel, "2024-01-01", label="nv")
    visit(heel, "2024-01-11", label="mel")
    html = page(alice_browser, heel)
    assert html.count("<polyline") == 4
    row = html[html.rindex("Melanoma </th>") :]
    assert re.findall(r"<td>([^<]+)</td>", row)[:2] == ["1.7 %", "90.0 %"]
