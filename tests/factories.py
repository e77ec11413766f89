"""Objects in every state; `prediction_in` makes one as the queue would have left it."""

from __future__ import annotations

import datetime
from typing import Any

import factory
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone

from classifier.capacity import Worker
from classifier.delivery.webhook_records import Webhook
from classifier.models import LesionImage, ModelVersion, Prediction, Status
from ml.labels import LABELS
from ml.posterior import UNIFORM
from tests.images import encoded

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    password = factory.django.Password(PASSWORD)


class ModelVersionFactory(factory.django.DjangoModelFactory[ModelVersion]):
    class Meta:
        model = ModelVersion
        django_get_or_create = ("sha256",)

    name = "testnet"
    version = "1"
    sha256 = "0" * 64


class WorkerFactory(factory.django.DjangoModelFactory[Worker]):
    """Seen just now; without a network."""

    class Meta:
        model = Worker

    name = factory.Sequence(lambda n: f"host:{n}")
    started_at = factory.LazyFunction(timezone.now)
    seen_at = factory.LazyFunction(timezone.now)


class LesionImageFactory(factory.django.DjangoModelFactory[LesionImage]):
    class Meta:
        model = LesionImage

    owner = factory.SubFactory(UserFactory)
    file = factory.LazyFunction(lambda: ContentFile(encoded(), "x.jpg"))
    thumbnail = factory.LazyFunction(lambda: ContentFile(encoded(), "x.jpg"))
    sha256 = "1" * 64
    width = 160
    height = 120
    original_name = "lesion.jpg"


class PredictionFactory(factory.django.DjangoModelFactory[Prediction]):
    """Queued, of a new image."""

    class Meta:
        model = Prediction

    image = factory.SubFactory(LesionImageFactory)
    owner = factory.SelfAttribute("image.owner")


def prediction_in(status: str, *, label: str = "nv", **fields: Any) -> Prediction:
    """A prediction in that status, with all that its status demands."""
    now = timezone.now()
    rest = 0.1 / (len(LABELS) - 1)
    by_status: dict[str, dict[str, Any]] = {
        Status.QUEUED: {},
        Status.RUNNING: {
            "attempt": 1,
            "started_at": now,
            "claimed_until": now + datetime.timedelta(minutes=1),
        },
        Status.SUCCEEDED: {
            "finished_at": now,
            "label": label,
            "probability": 0.9,
            "probabilities": {name: 0.9 if name == label else rest for name in LABELS},
            "prior": UNIFORM,
        },
        Status.REJECTED: {
            "finished_at": now,
            "error_code": "damaged",
            "error_message": "The photograph is damaged.",
        },
        Status.FAILED: {
            "finished_at": now,
            "error_code": "network_failed",
            "error_message": "The classification failed.",
        },
    }
    if status == Status.SUCCEEDED and "model_version" not in fields:
        fields["model_version"] = ModelVersionFactory()
    return PredictionFactory(status=status, **{**by_status[status], **fields})


class WebhookFactory(factory.django.DjangoModelFactory[Webhook]):
    class Meta:
        model = Webhook

    owner = factory.SubFactory(UserFactory)
    name = "clinic"
    url = "https://hooks.example.org/"
    secret = "a secret of its owner"
    site = "https://lesions.example.org"
