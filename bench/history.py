"""A user's history of any size, made in the database alone: no files, no network."""

from __future__ import annotations

import base64
import datetime
import itertools
import random
import uuid
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import connection, transaction

from classifier.models import BodySite, LesionImage, ModelVersion, Prediction, Status
from ml.labels import LABELS

BEGIN = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
YEAR = 365 * 86_400  # seconds
AT_ONCE = 5_000
REST = {
    "error_code": "worker_lost",
    "error_message": "The classification was interrupted several times.",
}


def grow(size: int) -> User:
    """The user `bench`, whose history has that many predictions from now on, over one year."""
    user, _ = User.objects.get_or_create(username="bench")
    version, _ = ModelVersion.objects.get_or_create(sha256="0" * 64, name="bench", version="1")
    missing = size - Prediction.objects.filter(owner=user).count()
    # Else all were made today.
    Prediction._meta.get_field("created_at").auto_now_add = False  # noqa: SLF001
    pairs = (_pair(user, version, random.Random(seed)) for seed in range(missing))  # noqa: S311
    while some := list(itertools.islice(pairs, AT_ONCE)):
        with transaction.atomic():
            LesionImage.objects.bulk_create([image for image, _ in some])
            Prediction.objects.bulk_create([prediction for _, prediction in some])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return user


def _pair(user: User, version: ModelVersion, chance: random.Random) -> tuple[Any, Any]:
    """19 of 20 succeed, a melanoma is 1 of 20, one note of 1,000 is `Itches.`"""
    image = LesionImage(
        owner=user,
        file=f"images/{uuid.uuid4().hex}.jpg",
        thumbnail=f"thumbnails/{uuid.uuid4().hex}.jpg",
        sha256="1" * 64,
        width=600,
        height=450,
        original_name=f"IMG_{chance.randrange(10**6)}.jpg",
        note="Itches." if chance.random() < 0.001 else "A note as people write them.",
        body_site=chance.choice(BodySite.values),
    )
    result: dict[str, Any] = {"status": Status.FAILED, **REST}
    if chance.random() < 0.95:
        label = "mel" if chance.random() < 0.05 else "nv"
        rest = 0.1 / (len(LABELS) - 1)
        result = {
            "status": Status.SUCCEEDED,
            "model_version": version,
            "label": label,
            "probability": 0.9,
            "probabilities": {name: 0.9 if name == label else rest for name in LABELS},
            "prior": "uniform",
        }
    moment = BEGIN + datetime.timedelta(seconds=chance.uniform(0, YEAR))
    dates = {"created_at": moment, "finished_at": moment}
    return image, Prediction(image=image, owner=user, **dates, **result)


def deep_cursor(user: User) -> str:
    """Of a page in the middle of the year."""
    middle = BEGIN + datetime.timedelta(seconds=YEAR / 2)
    position = quote(middle.isoformat(sep=" "))
    return quote(base64.b64encode(f"p={position}".encode()).decode())
