"""A request that is sent twice has one effect: what an `Idempotency-Key` has done is remembered.

The key's row is made first, in the transaction that stores what was asked for. Of two requests at
once the database lets one through; the other waits for it, finds the key taken and takes its own
work back. No state in between is ever seen, and none survives a crash.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from classifier.models import Prediction

LIFETIME: Final = datetime.timedelta(hours=24)
MAX_LENGTH: Final = 200


class KeyTaken(Exception):
    """A request at the same time was quicker."""


class OtherRequest(Exception):
    """The key has been used for something else."""


class IdempotentRequest(models.Model):
    """What one key of one user has done. It goes with the user and with the prediction."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="idempotent_requests"
    )
    key = models.CharField(max_length=MAX_LENGTH + 10)  # and the place in a batch
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what was asked for
    prediction = models.ForeignKey(
        "classifier.Prediction", on_delete=models.CASCADE, null=True, related_name="+"
    )
    answer = models.TextField(blank=True)  # the first one, as it was sent
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_request_a_key_an_owner")
        ]

    def __str__(self) -> str:
        return f"Idempotent request {self.pk}"

    def belong_to(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.save(update_fields=["prediction"])

    def keep(self, answer: str) -> str:
        """The answer that was given first: this one, or one that was quicker."""
        ours = IdempotentRequest.objects.filter(pk=self.pk)
        ours.filter(answer="").update(answer=answer)
        return ours.values_list("answer", flat=True).first() or answer  # or deleted by now


@dataclass(frozen=True)
class Key:
    """A user's key, and the fingerprint of the request that came with it."""

    owner: User
    text: str
    fingerprint: str

    def earlier(self) -> IdempotentRequest | None:
        """What the key has already done, if anything. Raises `OtherRequest`."""
        rows = IdempotentRequest.objects.filter(owner=self.owner, key=self.text)
        found = rows.filter(created_at__gte=_deadline()).select_related("prediction").first()
        if found and found.fingerprint != self.fingerprint:
            raise OtherRequest
        return found

    def take(self) -> IdempotentRequest:
        """The key's row, in the caller's transaction. Raises `KeyTaken`."""
        rows = IdempotentRequest.objects.filter(owner=self.owner, key=self.text)
        rows.filter(created_at__lt=_deadline()).delete()
        try:
            with transaction.atomic():
                return rows.create(owner=self.owner, key=self.text, fingerprint=self.fingerprint)
        except IntegrityError as error:
            raise KeyTaken from error

    def numbered(self, number: int, fingerprint: str) -> Key:
        """Of one of several things in a request."""
        return replace(self, text=f"{self.text}/{number}", fingerprint=fingerprint)


def delete_old() -> None:
    IdempotentRequest.objects.filter(created_at__lt=_deadline()).delete()


def _deadline() -> datetime.datetime:
    return timezone.now() - LIFETIME
