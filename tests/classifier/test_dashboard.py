"""The dashboard as a page, and the geometry of its plots."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse

from classifier.models import Rerun, ShadowResult, Status
from classifier.web import charts
from ml.calibration import Bin
from ml.labels import LABELS
from tests.classifier.conftest import queries
from tests.classifier.test_admin import diagnosis_of
from tests.factories import ModelVersionFactory, UserFactory, WorkerFactory, prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("dashboard"), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())  # a number and its sign are kept together


def page_in(client: Client, language: str) -> str:
    answer = client.get(reverse("dashboard"), headers={"accept-language": language})
    assert f'<html lang="{language}">' in answer.content.decode()
    return answer.content.decode()


def fill(n: int) -> None:
    """Some of everything that it shows."""
    for number in range(n):
        version = ModelVersionFactory(name=f"net{number}", sha256=f"{number:064}")
        WorkerFactory(network=version, photographs_per_second=2.5)
        for label in LABELS:
            prediction = prediction_in(Status.SUCCEEDED, label=label, model_version=version)
            diagnosis_of(prediction.image)
        ShadowResult.objects.create(
            prediction=prediction,
            model_version=version,
            label="nv",
            probabilities=dict.fromkeys(LABELS, 1 / 7),
        )
        for status in Status.values:
            prediction_in(status)
        Rerun.objects.create(version=version, owner=UserFactory(), total=10, queued=3)


def test_an_empty_service_has_a_dashboard(staff_browser: Client) -> None:
    html = page(staff_browser)
    assert "No worker runs" in html
    assert "There are no results yet" in html
    assert "No photograph with a result has a confirmed diagnosis yet." in html


def test_it_shows_workers_reruns_and_every_version(staff_browser: Client) -> None:
    fill(2)
    html = page(staff_browser)
    for words in ("host:", "2.5 photographs a second", "net0 1", "net1 1", "(30 %)"):
        assert words in html
    assert html.count("Confusion matrix of") == 2


def test_a_shadow_is_compared(staff_browser: Client) -> None:
    shadow = ModelVersionFactory(name="beside", sha256="b" * 64, shadow=True)
    for label in ("nv", "mel"):
        ShadowResult.objects.create(
            prediction=prediction_in(Status.SUCCEEDED, label="nv"),
            model_version=shadow,
            label=label,
            probabilities=dict.fromkeys(LABELS, 1 / 7),
        )
    assert "was asked 2 times and named the same class in 50.0 %" in page(staff_browser)


@pytest.mark.parametrize(("days", "rows"), [("7", 7), ("90", 90), ("4711", 30), ("x", 30)])
def test_its_span_is_chosen(days: str, rows: int, staff_browser: Client) -> None:
    table = page(staff_browser, days=days).partition("Day by day")[2].partition("</tbody>")[0]
    assert table.count('<th scope="row">') == rows


def test_its_plots_are_drawn_by_the_server_and_described(staff_browser: Client) -> None:
    fill(1)
    html = page(staff_browser)
    plots = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", html, flags=re.DOTALL)
    assert len(plots) == 3 + 1  # uploads, results, classes; one version
    for plot in plots:
        drawing = ET.fromstring(plot)  # noqa: S314  # our own
        assert drawing.get("aria-label")
        assert "NaN" not in plot
    assert "style=" not in html
    assert "<script>" not in html


def test_its_plots_are_the_same_where_numbers_have_commas(staff_browser: Client) -> None:
    fill(1)
    english, german = (
        re.findall(r' (?:c?[xyr]|[xy][12]|width|height)="[^"]*"', page_in(staff_browser, language))
        for language in ("en", "de")
    )
    assert len(english) > 50
    assert german == english


def test_it_always_costs_the_same_number_of_queries(staff_browser: Client) -> None:
    fill(1)
    page(staff_browser)
    few = queries(lambda: page(staff_browser))
    fill(4)
    assert queries(lambda: page(staff_browser)) == few


# Geometry


def test_columns_are_stacked_without_gaps_up_to_the_highest() -> None:
    chart = charts.columns(["a", "b"], [[1, 3], [2, 0]])
    high, low = chart.columns
    assert [piece.series for piece in high.pieces] == [0, 1]
    bottom, top = high.pieces
    assert top.y == charts.TOP
    assert top.y + top.height == pytest.approx(bottom.y)
    assert bottom.y + bottom.height == pytest.approx(charts.HEIGHT - charts.BOTTOM)
    assert [piece.height for piece in low.pieces] == [pytest.approx(2 * bottom.height)]
    assert high.x + high.width < low.x
    assert [level.value for level in chart.levels] == [0, 2, 4]


def test_the_levels_of_counts_are_whole_numbers() -> None:
    assert [level.value for level in charts.columns(["a"], [[3, 2]]).levels] == [0, 3, 6]
    shares = charts.columns(["a"], [[0.25, 0.75]])
    assert [level.value for level in shares.levels] == [0, 0.5, 1]


def test_nothing_to_draw_is_drawn_as_nothing() -> None:
    chart = charts.columns(["a"], [[0, 0]])
    assert chart.columns[0].pieces == []
    assert charts.columns([], []).columns == []


def test_of_many_columns_a_few_are_labelled() -> None:
    chart = charts.columns([str(n) for n in range(90)], [[1]] * 90)
    labelled = [column.words for column in chart.columns if column.words]
    assert 1 < len(labelled) <= charts.MOST_WORDS
    assert labelled[0] == "0"


def test_a_bin_that_is_right_as_often_as_it_says_lies_on_the_diagonal() -> None:
    drawn = charts.reliability([Bin(10, 1.0, 0.5, 0.5), Bin(1, 0.1, 1.0, 0.0)])
    middle, corner = drawn.dots
    assert middle.x - drawn.left == pytest.approx((drawn.right - drawn.left) / 2)
    assert middle.y - drawn.top == pytest.approx((drawn.bottom - drawn.top) / 2)
    assert (corner.x, corner.y) == (pytest.approx(drawn.right), pytest.approx(drawn.bottom))
    assert middle.r > corner.r
