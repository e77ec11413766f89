"""One user with everything that there can be of a user, and what of it is still to be found."""

from __future__ import annotations

import datetime
import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.authtoken.models import Token

from classifier import heatmap, lesions
from classifier.accounts import second_factor, tokens
from classifier.accounts.session_records import Session
from classifier.capacity import Quota
from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.downloads import archives
from classifier.idempotency import IdempotentRequest
from classifier.models import LesionImage, ModelVersion, Prediction, Status
from classifier.networks.versions import Rerun, ShadowResult
from classifier.staff import audit
from classifier.staff.diagnoses import Diagnosis
from tests.factories import prediction_in
from tests.images import encoded, lesion

WORDS = "zmyslenka"
"""In all that the user says."""


def photograph_of(user: User, staff: User, *, seed: int) -> Prediction:
    """A photograph with all that can be said of it, in a lesion of its own."""
    maps = heatmap.pack(np.random.default_rng(0).normal(0, 3, (7, 7, 7)))
    prediction = prediction_in(
        Status.SUCCEEDED,
        image__owner=user,
        image__file=ContentFile(encoded(lesion(seed=seed)), "x.jpg"),
        image__thumbnail=ContentFile(encoded(lesion(80, 60, seed=seed)), "x.jpg"),
        image__original_name=f"{WORDS}.jpg",
        image__note=f"{WORDS} itches",
        class_maps=maps,
        warnings=["small"],
    )
    image = prediction.image
    lesions.put(image, None, new_name=f"{WORDS} {seed}")
    prediction_in(Status.FAILED, image=image)
    prediction_in(Status.QUEUED, image=image)
    Diagnosis.objects.create(
        image=image, label="mel", method="histo", note=f"{WORDS} again", diagnosed_by=staff
    )
    shadow, _ = ModelVersion.objects.get_or_create(name="shade", version="1", sha256="5" * 64)
    ShadowResult.objects.create(prediction=prediction, model_version=shadow, label="nv")
    IdempotentRequest.objects.create(
        owner=user,
        key=str(uuid.uuid4()),
        fingerprint="f" * 64,
        prediction=prediction,
        answer=json.dumps({"id": str(prediction.pk), "original_name": f"{WORDS}.jpg"}),
    )
    for webhook in user.webhooks.all():
        WebhookDelivery.objects.create(webhook=webhook, prediction=prediction, status="delivered")
    audit.saw(staff, [image])
    audit.note(staff, audit.Action.DIAGNOSED, [image])
    return prediction


def everything_of(user: User, staff: User, *, photographs: int = 2) -> list[Prediction]:
    """The user's photographs, in two lesions, and all else; both are logged in."""
    Webhook.objects.create(owner=user, name=WORDS, url=f"https://{WORDS}.example.org/", secret="s")
    Quota.objects.create(user=user, stored_images=50, hour_began_at=timezone.now())
    tokens.issue(user, WORDS)
    Token.objects.create(user=user)
    TOTPDevice.objects.create(user=user, name="app")
    second_factor.new_recovery_codes(user)
    AccessAttempt.objects.create(
        username=user.get_username(), attempt_time=timezone.now(), failures_since_start=1
    )
    made = [photograph_of(user, staff, seed=10 * user.pk + n) for n in range(photographs)]
    Rerun.objects.create(version=ModelVersion.objects.first(), owner=user, ordered_by=staff)
    chosen = [str(one.pk) for one in made]
    for whole in (False, True):
        archives.order(user, chosen, everything=whole)
    while archives.build(seconds=60):
        pass
    for one in (user, user, staff):
        Client().force_login(one)
    _send_mail(user)
    return made


def _send_mail(user: User) -> None:
    backend = "django.core.mail.backends.filebased.EmailBackend"
    files = get_connection(backend, file_path=settings.EMAIL_FILE_PATH)
    EmailMessage("Password", "The link", to=[user.email], connection=files).send()


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Of every table that the application knows, in the order of its keys."""
    models = apps.get_models(include_auto_created=True)
    return {m._meta.label: [*m._base_manager.order_by("pk").values()] for m in models}


def as_text(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Each row as text, its times and bytes and all, with what is packed in a session laid open."""
    return {label: [_row_as_text(row) for row in of_table] for label, of_table in rows.items()}


def _row_as_text(row: dict[str, Any]) -> str:
    if "session_data" in row:
        row = row | {"opened": Session(session_data=row["session_data"]).get_decoded()}
    return json.dumps(row, default=_plain, sort_keys=True)


def _plain(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return str(value)


def keys_of(user: User) -> set[str]:
    """What names the user's photographs in rows and in files."""
    images = LesionImage.objects.filter(owner=user)
    ids = [*images.values_list("pk", flat=True)]
    ids += Prediction.objects.filter(owner=user).values_list("pk", flat=True)
    return {one.hex for one in ids} | {str(one) for one in ids}


def files_with(needles: set[bytes], *folders: Path) -> set[Path]:
    """The files that hold one of these, in their names or in their bytes."""
    return {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and any(needle in path.read_bytes() + str(path).encode() for needle in needles)
    }
