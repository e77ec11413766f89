"""What is handed in: the shapes of the requests, and how an `Idempotency-Key` is read."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from classifier import idempotency
from classifier.api.base import user_of
from classifier.api.examples import asked
from classifier.api.fields import Text
from classifier.body_sites import BodySite
from classifier.intake import refuse_future

MAX_BATCH: Final = 100
ACCEPTED: Final = "JPEG, PNG or HEIC, at most 10 MB and 25 megapixels."
KEY_HEADER: Final = "Idempotency-Key"
KEY_PARAMETER: Final = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
    OpenApiParameter.HEADER,
    description="Any word of yours. Sent again within 24 hours, the same request gets the first "
    "answer again instead of a second prediction; another request is refused (409).",
)


@extend_schema_serializer(
    examples=[asked("A note", {"note": "Itches at night."}), asked("No date", {"taken_on": None})]
)
class DetailsSerializer(serializers.Serializer):
    """What a user says of a photograph."""

    note = Text(max_length=2000, required=False, allow_blank=True, default="")
    body_site = serializers.ChoiceField(
        choices=BodySite.choices, required=False, allow_blank=True, default=""
    )
    taken_on = serializers.DateField(
        required=False, allow_null=True, default=None, validators=[refuse_future]
    )


def _photograph() -> serializers.FileField:
    # An empty file is refused by `imaging`, like every bad one.
    return serializers.FileField(allow_empty_file=True, help_text=ACCEPTED)


class UploadSerializer(DetailsSerializer):
    image = _photograph()


class BatchSerializer(DetailsSerializer):
    images = serializers.ListField(
        child=_photograph(),
        min_length=1,
        max_length=MAX_BATCH,
        help_text=f"The field once for each photograph, up to {MAX_BATCH}.",
    )


class WaitSerializer(serializers.Serializer):
    wait = serializers.FloatField(
        min_value=0,
        max_value=30,
        default=0,
        help_text="Answer when everything is final, or after this many seconds.",
    )


def wait_seconds(request: Request) -> float:
    options = WaitSerializer(data=request.query_params)
    options.is_valid(raise_exception=True)
    seconds: float = options.validated_data["wait"]
    return seconds


def idempotency_key(request: Request, fields: dict[str, Any]) -> idempotency.Key | None:
    """The request's key with the fingerprint of what was sent; None where it has none."""
    text = request.headers.get(KEY_HEADER)
    if text is None:
        return None
    if len(text) > idempotency.MAX_LENGTH or not re.fullmatch(r"[!-~]+", text):
        sentence = _("Between 1 and 200 letters, digits or signs, without spaces.")
        raise ValidationError({KEY_HEADER: [sentence]})
    return idempotency.Key(user_of(request), text, fingerprint(fields))


def fingerprint(fields: dict[str, Any]) -> str:
    """SHA-256 of a request's fields, files by their names and bytes."""
    described = json.dumps(fields, default=_described, sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()


def _described(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, digest.hexdigest()]
