from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import translation
from pytest_django import Settings

from classifier.worker.loaded import networks
from tests import services
from tests.cards import write_artifact
from tests.factories import UserFactory
from tests.installation import Installation, running


@pytest.fixture
def media(tmp_path: Path, settings: Settings) -> Path:
    """An empty folder for stored photographs."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def wake_ups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that were sent, instead of a broker."""
    sent: list[str] = []
    monkeypatch.setattr(
        "classifier.queue.current_app.send_task", lambda name, **_: sent.append(name)
    )
    return sent


@pytest.fixture(autouse=True)
def fresh_engine() -> Iterator[None]:
    """The engine keeps its networks for the life of a process: not for that of the tests."""
    yield
    networks.forget()


@pytest.fixture(autouse=True)
def no_language_left_behind() -> Iterator[None]:
    """A request leaves its language in its thread; the next one sets its own, a test does not."""
    yield
    translation.deactivate()


# So that what depends on the recovery task does not take its production period.
QUICK = {
    "RECOVERY_SECONDS": "1",
    "QUEUE_LEASE_SECONDS": "5",
    "WEBHOOK_ALLOWED_TARGETS": "127.0.0.1",
    "WEBHOOK_RETRY_SECONDS": "2",
}


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What `make run` starts: SQLite and the filesystem transport."""
    with running(Installation(tmp_path_factory.mktemp("embedded"), QUICK)) as installation:
        yield installation


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The embedded default with a stand-in for a network that has a score, maps and thresholds."""
    folder = tmp_path_factory.mktemp("stand-in")
    network = {
        "PREDICTOR": "tests.predictor.ColourPredictor",
        "ARTIFACT": str(write_artifact(folder / "artifact")),
        "CLASS_PRIOR": "ham10000",
    }
    with running(Installation(folder / "data", QUICK | network)) as installation:
        yield installation


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The same processes on a real PostgreSQL and a real Redis."""
    with services.postgresql() as database, services.redis() as broker:
        urls = {"DATABASE_URL": database.url, "BROKER_URL": broker.url}
        folder = tmp_path_factory.mktemp("deployment")
        with running(Installation(folder, QUICK | urls)) as installation:
            yield installation


# Everywhere the same three: the owner, another user, a member of the staff.


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory(username="alice")


@pytest.fixture
def bob(db: None) -> User:
    return UserFactory(username="bob")


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(username="staff", is_staff=True, is_superuser=True)
