from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from classifier.models import Prediction, Status
from tests.factories import prediction_in
from tests.receiver import Receiver, receiving

IN_CLASSIFIER = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The second run, on PostgreSQL, is of what touches a database: the rest would say the same."""
    if connection.vendor != "postgresql":
        return
    without = [
        item for item in items if IN_CLASSIFIER in item.path.parents and not _has_database(item)
    ]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


def _has_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db"} & set(getattr(item, "fixturenames", []))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


@pytest.fixture(params=Status.values)
def any_prediction(request: pytest.FixtureRequest, alice: User, media: Path) -> Prediction:
    """Alice's, once in every state."""
    return prediction_in(request.param, image__owner=alice)


@pytest.fixture
def succeeded(alice: User, media: Path) -> Prediction:
    return prediction_in(Status.SUCCEEDED, image__owner=alice)


def api_client(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice_api(alice: User) -> APIClient:
    return api_client(alice)


@pytest.fixture
def bob_api(bob: User) -> APIClient:
    return api_client(bob)


@pytest.fixture
def alice_browser(alice: User) -> Client:
    return browser(alice)


@pytest.fixture
def bob_browser(bob: User) -> Client:
    return browser(bob)


@pytest.fixture
def staff_browser(staff: User) -> Client:
    return browser(staff)


@pytest.fixture
def closed_network(settings: Settings) -> None:
    """In which webhooks may reach this machine."""
    settings.WEBHOOK_ALLOWED_TARGETS = ["127.0.0.1"]
    settings.WEBHOOK_TIMEOUT_SECONDS = 5.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def queries(call: Callable[[], object]) -> int:
    """How many database queries that costs."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)
