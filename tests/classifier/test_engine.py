from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageFilter
from pytest_django import Settings

from classifier import heatmap, intake, tasks
from classifier.models import ModelVersion, Prediction, Status
from classifier.worker import engine
from classifier.worker.loaded import networks
from ml.artifact import ArtifactError
from ml.posterior import PriorError
from ml.predictions import Predictions
from ml.preprocessing import Pixels
from tests.images import encoded, lesion, upload
from tests.predictor import ColourPredictor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media", "wake_ups")]

RED = (250, 30, 20)
BLUE = Image.new("RGB", (160, 120), (40, 70, 220))


def submit(owner: User, content: bytes | None = None) -> Prediction:
    return intake.submit(owner=owner, file=upload(content))


class CountingPredictor(ColourPredictor):
    """Notes the size of each batch it is called with."""

    sizes: list[int]

    def __init__(self, artifact_name: str, prior: str) -> None:
        super().__init__(artifact_name, prior)
        type(self).sizes = []

    def predict(self, pixels: Pixels) -> Predictions:
        self.sizes.append(len(pixels))
        return super().predict(pixels)


class ChokingPredictor(CountingPredictor):
    """Cannot predict whatever is as red as `RED`."""

    def predict(self, pixels: Pixels) -> Predictions:
        middle = pixels.shape[1] // 2
        if (pixels[:, middle, middle, 1] < 50).any():
            raise FloatingPointError("too red")
        return super().predict(pixels)


class PlainPredictor(ColourPredictor):
    """Like the first networks: neither a score nor maps."""

    def predict(self, pixels: Pixels) -> Predictions:
        return Predictions(super().predict(pixels).probabilities)


class MissingPredictor:
    def __init__(self, artifact_name: str, prior: str) -> None:
        raise ArtifactError(artifact_name)


def test_everything_queued_gets_its_own_result(alice: User) -> None:
    skin = submit(alice)
    blood = submit(alice, encoded(lesion(colour=RED)))
    assert engine.drain(seconds=10) == 2
    for prediction in (skin, blood):
        prediction.refresh_from_db()
        assert prediction.status == Status.SUCCEEDED
        assert prediction.probabilities is not None
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-9)
    assert blood.probabilities["mel"] > skin.probabilities["mel"]


def test_a_result_says_which_prior_it_assumes(alice: User, settings: Settings) -> None:
    uniform = submit(alice)
    engine.drain(seconds=10)
    networks.forget()
    settings.CLASS_PRIOR = "vasc=1,nv=97,mel=1,df=1,bkl=1,bcc=1,akiec=1"
    mostly_nevi = submit(alice)
    engine.drain(seconds=10)
    for prediction in (uniform, mostly_nevi):
        prediction.refresh_from_db()
    assert uniform.prior == "uniform"
    assert mostly_nevi.prior.startswith("akiec=0.00970874,bcc=")
    assert mostly_nevi.probabilities["nv"] > 0.9 > uniform.probabilities["nv"]


def test_a_prior_that_is_none_leaves_the_jobs_untouched(alice: User, settings: Settings) -> None:
    settings.CLASS_PRIOR = "mostly nevi"
    prediction = submit(alice)
    with pytest.raises(PriorError, match="mostly nevi"):
        engine.drain(seconds=10)
    prediction.refresh_from_db()
    assert (prediction.status, prediction.attempt) == (Status.QUEUED, 0)


def test_a_photograph_of_something_else_is_classified_with_a_warning(alice: User) -> None:
    skin, sky = submit(alice), submit(alice, encoded(BLUE))
    engine.drain(seconds=10)
    for prediction in (skin, sky):
        prediction.refresh_from_db()
        assert prediction.status == Status.SUCCEEDED
        assert prediction.in_distribution is not None
    assert (skin.out_of_distribution, skin.warnings) == (False, [])
    assert sky.out_of_distribution
    assert sky.warnings[-1] == "not_a_lesion"


def test_what_may_spoil_a_result_is_noted_and_blocks_nothing(alice: User) -> None:
    sharp = lesion(600, 450)
    blurred = submit(alice, encoded(sharp.filter(ImageFilter.GaussianBlur(8))))
    good = submit(alice, encoded(sharp))
    engine.drain(seconds=10)
    for prediction, codes in ((good, []), (blurred, ["blurred"])):
        prediction.refresh_from_db()
        assert (prediction.status, prediction.warnings) == (Status.SUCCEEDED, codes)


def test_where_the_network_looked_is_kept_for_each_class(alice: User) -> None:
    """Of the stand-in's maps that of a benign class is bright where the photograph is."""
    half = Image.new("RGB", (160, 120), "black")
    half.paste("white", (0, 0, 80, 120))
    prediction = submit(alice, encoded(half))
    engine.drain(seconds=10)
    prediction.refresh_from_db()
    assert prediction.class_maps is not None
    benign, malignant = (heatmap.unpack(prediction.class_maps, label) for label in ("nv", "mel"))
    assert benign.shape == malignant.shape == (7, 7)
    assert benign[:, 0].min() > 250
    assert benign[:, -1].max() < 5
    assert malignant[:, 0].max() < 5
    assert malignant[:, -1].min() > 250


def test_a_network_without_score_and_maps_serves_as_before(alice: User, settings: Settings) -> None:
    settings.PREDICTOR = "tests.classifier.test_engine.PlainPredictor"
    prediction = submit(alice, encoded(BLUE))
    engine.drain(seconds=10)
    prediction.refresh_from_db()
    assert prediction.status == Status.SUCCEEDED
    assert prediction.in_distribution is prediction.class_maps is None
    assert not prediction.out_of_distribution
    assert "not_a_lesion" not in prediction.warnings


def test_a_result_names_the_network_that_made_it(alice: User) -> None:
    prediction = submit(alice)
    engine.drain(seconds=10)
    prediction.refresh_from_db()
    version = ModelVersion.objects.get(active=True)
    assert prediction.model_version == version
    assert version.sha256 == networks.active().predictor.artifact.sha256


def test_jobs_are_classified_in_batches_by_a_network_loaded_once(
    alice: User, settings: Settings
) -> None:
    settings.PREDICTOR = "tests.classifier.test_engine.CountingPredictor"
    settings.QUEUE_BATCH = 3
    for _ in range(7):
        submit(alice)
    Prediction.objects.update(created_at=timezone.now() - datetime.timedelta(seconds=1))
    loaded = networks.active()
    assert engine.drain(seconds=30) == 7
    assert CountingPredictor.sizes == [3, 3, 1]
    assert networks.active() is loaded


def test_a_file_damaged_on_disk_is_rejected_and_the_others_go_on(alice: User) -> None:
    damaged, good = submit(alice), submit(alice)
    storage, name = damaged.image.file.storage, damaged.image.file.name
    storage.delete(name)
    storage.save(name, ContentFile(encoded()[:-500]))
    engine.drain(seconds=10)
    damaged.refresh_from_db()
    good.refresh_from_db()
    assert (damaged.status, damaged.error_code) == (Status.REJECTED, "damaged")
    assert "upload it again" in damaged.error_message
    assert good.status == Status.SUCCEEDED


def test_a_missing_file_is_our_fault_and_the_others_go_on(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    missing, good = submit(alice), submit(alice)
    missing.image.file.storage.delete(missing.image.file.name)
    engine.drain(seconds=10)
    missing.refresh_from_db()
    good.refresh_from_db()
    assert (missing.status, missing.error_code) == (Status.FAILED, "file_unavailable")
    assert str(missing) in caplog.text
    assert good.status == Status.SUCCEEDED


def test_a_photograph_on_which_the_network_fails_takes_no_other_with_it(
    alice: User, settings: Settings
) -> None:
    settings.PREDICTOR = "tests.classifier.test_engine.ChokingPredictor"
    good = [submit(alice), submit(alice)]
    bad = submit(alice, encoded(lesion(colour=RED)))
    engine.drain(seconds=10)
    bad.refresh_from_db()
    assert (bad.status, bad.error_code) == (Status.FAILED, "network_failed")
    assert "too red" not in bad.error_message
    for prediction in good:
        prediction.refresh_from_db()
        assert prediction.status == Status.SUCCEEDED


def test_without_a_network_the_jobs_wait_untouched(alice: User, settings: Settings) -> None:
    settings.PREDICTOR = "tests.classifier.test_engine.MissingPredictor"
    prediction = submit(alice)
    with pytest.raises(ArtifactError):
        engine.drain(seconds=10)
    prediction.refresh_from_db()
    assert (prediction.status, prediction.attempt) == (Status.QUEUED, 0)


def test_a_drain_out_of_time_leaves_the_rest_to_the_next_message(
    alice: User, monkeypatch: pytest.MonkeyPatch, wake_ups: list[str]
) -> None:
    submit(alice)
    monkeypatch.setattr(tasks, "DRAIN_SECONDS", 0.0)
    tasks.classify_queued()
    assert Prediction.objects.queued().count() == 1
    assert wake_ups == ["classifier.tasks.classify_queued"]


def test_a_message_that_finds_nothing_does_no_harm(wake_ups: list[str]) -> None:
    tasks.classify_queued()
    assert wake_ups == []


def test_the_recovery_task_announces_what_a_lost_message_left(
    alice: User, wake_ups: list[str]
) -> None:
    tasks.recover()
    assert wake_ups == []
    submit(alice)
    tasks.recover()
    assert wake_ups == ["classifier.tasks.classify_queued"]


def test_a_photograph_deleted_while_it_waits_is_not_missed(alice: User, media: Path) -> None:
    submit(alice).image.delete()
    assert engine.drain(seconds=10) == 0
