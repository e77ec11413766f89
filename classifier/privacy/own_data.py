"""What there is of a user besides photographs and results: for the download of everything.

Nothing that opens a door (secrets, digests), and no names of staff.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from classifier.delivery.webhook_records import WebhookDelivery
from classifier.models import AuditEntry, Diagnosis, LesionImage, Prediction
from classifier.privacy.retention_records import RetentionChoice

IDS_A_QUERY: Final = 500


def account(owner: User) -> str:
    """The account and what its pages show, as one JSON object."""
    choice = RetentionChoice.objects.filter(user=owner).first()
    said = {
        "username": owner.get_username(),
        "email": owner.email,
        "joined": owner.date_joined,
        "last_login": owner.last_login,
        "photographs_are_deleted_after_days": choice.days if choice else None,
        "lesions": [*owner.lesions.order_by("name").values_list("name", flat=True)],
        "api_tokens": [
            *owner.api_tokens.order_by("name").values("name", "created_at", "last_used_at")
        ],
        "webhooks": [*owner.webhooks.order_by("name").values("name", "url", "enabled")],
    }
    return json.dumps(said, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)


def files(owner: User) -> dict[str, Iterator[str]]:
    """What may be long: names of files, each with its JSON objects, one a line."""
    images = LesionImage.objects.filter(owner=owner)
    predictions = Prediction.objects.filter(owner=owner)
    return {
        "photographs.jsonl": _lines(
            images.values(
                "id", "original_name", "note", "body_site", "taken_on", "lesion__name",
                "created_at", "width", "height", "sha256",
            )
        ),
        "diagnoses.jsonl": _lines(
            Diagnosis.objects.filter(image__owner=owner).values(
                "image", "label", "method", "note", "created_at"
            )
        ),
        "webhook_deliveries.jsonl": _lines(
            WebhookDelivery.objects.filter(webhook__owner=owner).values(
                "webhook__name", "prediction", "status", "attempts", "created_at", "status_code"
            )
        ),
        "seen_by_staff.jsonl": _noted(owner, images, predictions),
    }  # fmt: skip


def _lines(rows: QuerySet[Any, Any]) -> Iterator[str]:
    for row in rows.order_by("pk").iterator(1000):
        yield json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n"


def _noted(
    owner: User, images: QuerySet[LesionImage], predictions: QuerySet[Prediction]
) -> Iterator[str]:
    """What the audit log has of the account, of its photographs and of its predictions."""
    yield from _entries([str(owner.pk)], kind="user")
    for rows, kind in ((images, "lesionimage"), (predictions, "prediction")):
        ids: list[str] = []
        for pk in _keys(rows):
            ids.append(str(pk))
            if len(ids) == IDS_A_QUERY:
                yield from _entries(ids, kind)
                ids = []
        yield from _entries(ids, kind)


def _keys(rows: QuerySet[Any]) -> Iterator[UUID]:
    yield from rows.order_by("pk").values_list("pk", flat=True).iterator(1000)


def _entries(ids: list[str], kind: str) -> Iterator[str]:
    entries = AuditEntry.objects.filter(object_id__in=ids, kind=kind)
    yield from _lines(entries.values("at", "action", "kind", "object_id"))
