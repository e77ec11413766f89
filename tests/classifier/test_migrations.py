"""What an installation already holds outlives an update."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from classifier.models import Status
from ml.labels import LABELS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name: str) -> Any:
    """Brings the database to that migration; returns the models of that time."""
    executor = MigrationExecutor(connection)
    executor.migrate([("classifier", name)])
    return executor.loader.project_state([("classifier", name)]).apps


@pytest.fixture
def first_version() -> Iterator[Any]:
    yield migrate("0001_initial")
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("classifier"))


def old_image(apps: Any, owner: User) -> Any:
    return apps.get_model("classifier", "LesionImage").objects.create(
        pk=uuid.uuid4(),
        owner_id=owner.pk,
        file="images/old.jpg",
        thumbnail="thumbnails/old.jpg",
        sha256="1" * 64,
        width=160,
        height=120,
    )


def test_old_predictions_keep_their_results_and_get_the_prior_they_were_made_under(
    first_version: Any,
) -> None:
    owner = UserFactory()
    old = first_version.get_model("classifier", "Prediction").objects
    version = first_version.get_model("classifier", "ModelVersion").objects.create(sha256="0" * 64)
    succeeded = old.create(
        image=old_image(first_version, owner),
        owner_id=owner.pk,
        model_version=version,
        status=Status.SUCCEEDED,
        finished_at=timezone.now(),
        label="nv",
        probability=1 / 7,
        probabilities=dict.fromkeys(LABELS, 1 / 7),
    )
    queued = old.create(image=old_image(first_version, owner), owner_id=owner.pk)

    later = migrate("0002_prior_warnings_and_class_maps")

    predictions = later.get_model("classifier", "Prediction").objects
    result = predictions.get(pk=succeeded.pk)
    assert (result.status, result.label, result.prior) == (Status.SUCCEEDED, "nv", "uniform")
    assert (result.warnings, result.class_maps, result.in_distribution) == ([], None, None)
    waiting = predictions.get(pk=queued.pk)
    assert (waiting.status, waiting.prior, waiting.warnings) == (Status.QUEUED, "", [])
