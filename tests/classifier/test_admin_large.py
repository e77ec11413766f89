"""Lists that stay quick however many rows there are."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.admin import large_lists
from classifier.models import LesionImage, Prediction, Status
from tests.classifier.conftest import queries
from tests.classifier.test_admin import url
from tests.factories import prediction_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
LARGE = [LesionImage, Prediction]


def on_day(year: int, month: int, day: int) -> Prediction:
    prediction = prediction_in(Status.SUCCEEDED)
    moment = timezone.make_aware(datetime.datetime(year, month, day, 12))  # noqa: DTZ001
    for model, pk in ((Prediction, prediction.pk), (LesionImage, prediction.image_id)):
        model.objects.filter(pk=pk).update(created_at=moment)
    return prediction


def statements(client: Client, path: str) -> str:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return "\n".join(query["sql"] for query in captured).lower()


@pytest.mark.parametrize("model", LARGE)
def test_the_calendar_leads_to_years_months_and_days(model: Any, staff_browser: Client) -> None:
    for date in ((2024, 11, 30), (2025, 1, 1), (2026, 2, 3)):
        on_day(*date)

    def page(**query: int) -> str:
        lookup = {f"created_at__{name}": str(value) for name, value in query.items()}
        return staff_browser.get(url(model, "changelist"), lookup).content.decode()

    for year in ("2024", "2025", "2026"):
        assert f"?created_at__year={year}" in page()
    assert "created_at__month=11&amp;created_at__year=2024" in page(year=2024)
    assert "created_at__day=30&amp;" in page(year=2024, month=11)
    assert "1 " in page(year=2024, month=11, day=30)


@pytest.mark.parametrize("model", LARGE)
def test_no_query_reads_every_date(model: Any, staff_browser: Client) -> None:
    on_day(2025, 1, 1)
    on_day(2026, 1, 1)
    asked = statements(staff_browser, url(model, "changelist"))
    assert "trunc" not in asked
    assert "select distinct" not in asked


def test_days_at_the_ends_of_months_are_offered_too() -> None:
    first, last = datetime.date(2025, 11, 30), datetime.date(2026, 2, 1)
    months = list(large_lists._from_to(first, last, "month"))
    assert [(day.year, day.month) for day in months] == [
        (2025, 11), (2025, 12), (2026, 1), (2026, 2),
    ]  # fmt: skip
    assert len(list(large_lists._from_to(first, last, "day"))) == 64
    assert [day.year for day in large_lists._from_to(first, last, "year")] == [2025, 2026]


@pytest.mark.parametrize("model", LARGE)
def test_a_whole_id_is_looked_up_and_nothing_is_scanned(model: Any, staff_browser: Client) -> None:
    wanted = on_day(2026, 1, 1)
    pk = wanted.pk if model is Prediction else wanted.image_id
    asked = statements(staff_browser, f"{url(model, 'changelist')}?q={pk}")
    assert "like" not in asked


def test_a_photographs_id_finds_its_predictions(staff_browser: Client) -> None:
    wanted = on_day(2026, 1, 1)
    on_day(2026, 1, 2)
    answer = staff_browser.get(url(Prediction, "changelist"), {"q": str(wanted.image_id)})
    assert list(answer.context["cl"].queryset) == [wanted]


def test_class_maps_and_cards_stay_in_the_database(staff_browser: Client) -> None:
    on_day(2026, 1, 1)
    asked = statements(staff_browser, url(Prediction, "changelist"))
    assert '"class_maps"' not in asked
    assert '"card"' not in asked


def test_a_large_table_is_estimated_where_the_database_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        prediction_in(Status.QUEUED)
    rows = Prediction.objects.order_by("pk")
    assert large_lists.EstimatingPaginator(rows, 100).count == 3
    monkeypatch.setattr(large_lists, "estimated_rows", lambda _rows: 1_000_000)
    assert large_lists.EstimatingPaginator(rows, 100).count == 1_000_000
    filtered = rows.filter(status=Status.FAILED)
    assert large_lists.EstimatingPaginator(filtered, 100).count == 0


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's statistics")
def test_postgresql_says_about_how_many_there_are() -> None:
    for _ in range(20):
        prediction_in(Status.QUEUED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE classifier_prediction")
    assert large_lists.estimated_rows(Prediction.objects.all()) == 20


@pytest.mark.parametrize("model", LARGE)
def test_single_pages_cost_no_more_however_many_results_a_photograph_has(
    model: Any, staff_browser: Client
) -> None:
    prediction = prediction_in(Status.SUCCEEDED)
    path = url(model, "change", prediction.pk if model is Prediction else prediction.image_id)

    def visit() -> None:
        assert staff_browser.get(path).status_code == 200

    visit()
    few = queries(visit)
    for _ in range(5):
        prediction_in(Status.SUCCEEDED, image=prediction.image)
    assert queries(visit) == few
