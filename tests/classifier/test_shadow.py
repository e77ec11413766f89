from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from classifier import intake, tasks
from classifier.models import ModelVersion, Prediction, ShadowResult, Status
from classifier.networks import registry
from classifier.worker import engine, shadow
from classifier.worker.loaded import networks
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from tests.cards import write_artifact
from tests.classifier.conftest import api_client
from tests.images import upload
from tests.predictor import ColourPredictor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]


class BrokenShadow(ColourPredictor):
    def predict(self, pixels: Pixels) -> Predictions:
        if self.artifact.version == "2":
            raise FloatingPointError("broken")
        return super().predict(pixels)


@pytest.fixture
def cast(settings: Settings, tmp_path: Path) -> ModelVersion:
    """A shadow, loaded as the heartbeat does; another version serves."""
    settings.NETWORKS_DIR = tmp_path / "networks"
    active = registry.take_over(str(write_artifact(tmp_path / "active", version="1")))
    version = registry.take_over(str(write_artifact(tmp_path / "shadow", version="2")))
    registry.activate(active)
    registry.cast_shadow(version)
    networks.active()
    networks.follow()
    return version


def classified(owner: User, n: int = 1) -> list[Prediction]:
    rows = [intake.submit(owner=owner, file=upload()) for _ in range(n)]
    engine.drain(seconds=10)
    return rows


def test_the_shadow_is_asked_what_the_active_one_has_answered(
    alice: User, cast: ModelVersion
) -> None:
    predictions = classified(alice, 3)
    while shadow.compare(seconds=10):
        pass
    results = ShadowResult.objects.order_by("prediction")
    assert {result.prediction for result in results} == set(predictions)
    for result in results:
        assert result.model_version == cast
        assert result.label == Prediction.objects.get(pk=result.prediction_id).label
        assert sum(result.probabilities.values()) == pytest.approx(1)
        assert result.prior == "uniform"
    assert not shadow.compare(seconds=10)  # each once


def test_its_owner_sees_nothing_of_it(alice: User, cast: ModelVersion) -> None:
    prediction = classified(alice)[0]
    before = api_client(alice).get("/api/v1/predictions/").json()
    shadow.compare(seconds=10)
    assert ShadowResult.objects.count() == 1
    assert api_client(alice).get("/api/v1/predictions/").json() == before
    prediction.refresh_from_db()
    assert (prediction.status, prediction.model_version.version) == (Status.SUCCEEDED, "1")


def test_an_upload_ends_it_at_once(alice: User, cast: ModelVersion) -> None:
    classified(alice, 2)
    intake.submit(owner=alice, file=upload())
    assert shadow.compare(seconds=10)
    assert not ShadowResult.objects.exists()


def test_what_is_older_than_its_reach_is_let_go(alice: User, cast: ModelVersion) -> None:
    classified(alice)
    past = timezone.now() - shadow.REACH - datetime.timedelta(seconds=1)
    Prediction.objects.update(created_at=past)
    assert not shadow.compare(seconds=10)


def test_one_that_fails_does_no_harm_and_is_not_asked_again(
    alice: User, cast: ModelVersion, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PREDICTOR = "tests.classifier.test_shadow.BrokenShadow"
    networks.forget()
    networks.active()
    networks.follow()
    classified(alice)
    shadow.compare(seconds=10)
    assert ShadowResult.objects.get().label == ""
    assert "the shadow failed" in caplog.text
    assert not shadow.compare(seconds=10)


def test_without_a_shadow_nothing_is_asked(alice: User, cast: ModelVersion) -> None:
    registry.cast_shadow(None)
    networks.follow()
    classified(alice)
    assert not shadow.compare(seconds=10)
    assert networks.shadow is None


def test_the_worker_asks_it_when_nothing_is_queued(
    alice: User, cast: ModelVersion, wake_ups: list[str]
) -> None:
    intake.submit(owner=alice, file=upload())
    tasks.classify_queued()
    assert ShadowResult.objects.count() == 1


def test_deleting_a_photograph_takes_what_the_shadow_said(alice: User, cast: ModelVersion) -> None:
    prediction = classified(alice)[0]
    shadow.compare(seconds=10)
    prediction.image.delete()
    assert not ShadowResult.objects.exists()
