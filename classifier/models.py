"""The records: photographs, predictions, network versions, confirmed diagnoses.

A prediction's way, which only `classifier.queue` writes and the database's constraints enforce:

    queued → running → succeeded   has label, probability, the seven probabilities and their prior
       ↑        │   ├→ rejected    the photograph cannot be classified; the user is told why
       └────────┘   └→ failed      our fault; logged, and can always be retried
      lease ended
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from classifier import class_guide
from classifier.accounts.session_records import Session
from classifier.body_sites import BodySite
from classifier.capacity import Quota, Worker
from classifier.correlation import LENGTH, current
from classifier.delivery.webhook_records import Webhook, WebhookDelivery
from classifier.idempotency import IdempotentRequest
from classifier.metrics.tallies import ServiceProcess, Tally
from classifier.networks import priors
from classifier.networks.versions import ModelVersion, Rerun, ShadowResult
from classifier.privacy.retention_records import RetentionChoice
from classifier.records import ApiToken, Archive, Lesion
from classifier.staff.audit_log import AuditEntry
from classifier.staff.diagnoses import Diagnosis
from ml.labels import LABELS, malignancy

# Django looks for all models here.
__all__ = [
    "UNFINISHED", "ApiToken", "Archive", "AuditEntry", "BodySite", "Diagnosis",
    "IdempotentRequest", "Lesion", "LesionImage", "ModelVersion", "Prediction",
    "PredictionQuerySet", "Quota", "Rerun", "RetentionChoice", "ServiceProcess", "Session",
    "ShadowResult", "Status", "Tally", "Webhook", "WebhookDelivery", "Worker", "image_path",
    "thumbnail_path",
]  # fmt: skip


def image_path(image: LesionImage, _name: str) -> str:
    """Random and flat enough for any file system; nothing of the uploaded name remains."""
    return f"images/{image.pk.hex[:2]}/{image.pk.hex}.jpg"


def thumbnail_path(image: LesionImage, _name: str) -> str:
    return f"thumbnails/{image.pk.hex[:2]}/{image.pk.hex}.jpg"


class LesionImage(models.Model):
    """One uploaded photograph, normalised: upright, RGB, without metadata."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesion_images"
    )
    file = models.FileField(upload_to=image_path)
    thumbnail = models.FileField(upload_to=thumbnail_path)
    sha256 = models.CharField(max_length=64, help_text="Of the file as it was uploaded.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    original_name = models.CharField(max_length=255, help_text="Shown to the owner only.")
    note = models.TextField(max_length=2000, blank=True)
    body_site = models.CharField(max_length=20, choices=BodySite, blank=True)
    taken_on = models.DateField(null=True, blank=True)
    lesion = models.ForeignKey(
        Lesion, on_delete=models.SET_NULL, null=True, blank=True, related_name="images"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="images_newest_first"),
            models.Index(fields=["owner", "id"], name="images_of_owner"),
            models.Index(fields=["owner", "created_at"], name="images_of_owner_by_age"),
        ]

    def __str__(self) -> str:
        return f"Photograph {str(self.pk)[:8]}"


class Status(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", _("Failed")


UNFINISHED = (Status.QUEUED, Status.RUNNING)
_NO_RESULT = Q(
    label="",
    probability__isnull=True,
    probabilities__isnull=True,
    prior="",
    in_distribution__isnull=True,
    class_maps__isnull=True,
    warnings=[],
)
_RESULT = Q(
    label__in=LABELS,
    probability__isnull=False,
    probabilities__isnull=False,
    model_version__isnull=False,
) & ~Q(prior="")


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def queued(self) -> PredictionQuerySet:
        """In the order in which they will be claimed."""
        return self.filter(status=Status.QUEUED).order_by("created_at", "id")

    def for_users(self) -> PredictionQuerySet:
        """Those that somebody waits for."""
        return self.filter(requested_version=None)

    def unfinished(self) -> PredictionQuerySet:
        return self.filter(status__in=UNFINISHED)

    def recognised(self) -> PredictionQuerySet:
        """Without those whose photograph is unlike what the network was trained on."""
        return self.exclude(in_distribution__lt=0)

    def with_details(self) -> PredictionQuerySet:
        """With all that a page or an answer shows, in one query; the maps are for the heatmap."""
        details = self.select_related("image", "model_version").defer("class_maps")
        return details.annotate(has_heatmap=Q(class_maps__isnull=False))


class Prediction(models.Model):
    """One attempt to classify one photograph; the row is also the job. See the module's picture."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(LesionImage, on_delete=models.CASCADE, related_name="predictions")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="predictions",
        help_text="The image's owner, repeated so that a history is one index scan.",
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="predictions"
    )
    requested_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Which staff asked for; it comes after all that users wait for. Empty: the one "
        "that is active when it is its turn.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed.")
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="End of the lease.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=5, choices=class_guide.CHOICES, blank=True)
    probability = models.FloatField(null=True, blank=True)
    probabilities = models.JSONField(null=True, blank=True)
    prior = models.CharField(
        max_length=priors.MAX_LENGTH, blank=True, help_text="Which the probabilities assume."
    )
    in_distribution = models.FloatField(
        null=True,
        blank=True,
        help_text="Below 0: unlike the photographs that the network was trained on. "
        "Empty where the network has no such score.",
    )
    class_maps = models.BinaryField(null=True, blank=True, help_text="See classifier.heatmap.")
    warnings = models.JSONField(default=list, blank=True, help_text="Codes; nothing is forbidden.")
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.CharField(max_length=500, blank=True, help_text="Safe to show.")
    request_id = models.CharField(
        max_length=LENGTH,
        blank=True,
        default=current,
        db_default="",
        editable=False,
        help_text="Of the request that asked for it, as the logs have it.",
    )

    queue_position: int | None = None
    """From 1; of a queued one, once `waiting.note_places` has looked."""
    estimated_wait_seconds: float | None = None

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.SUCCEEDED) & _RESULT
                | ~Q(status=Status.SUCCEEDED) & _NO_RESULT,
                name="exactly_succeeded_has_results",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.RUNNING, claimed_until__isnull=False)
                | ~Q(status=Status.RUNNING) & Q(claimed_until__isnull=True),
                name="exactly_running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED, finished_at__isnull=True)
                | Q(status__in=[Status.SUCCEEDED, Status.REJECTED, Status.FAILED])
                & Q(finished_at__isnull=False),
                name="exactly_final_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.REJECTED, Status.FAILED])
                & ~Q(error_code="")
                & ~Q(error_message="")
                | ~Q(status__in=[Status.REJECTED, Status.FAILED])
                & Q(error_code="", error_message=""),
                name="exactly_refused_has_an_error",
            ),
            models.UniqueConstraint(
                fields=["image"],
                condition=Q(status__in=UNFINISHED),
                name="one_unfinished_prediction_an_image",
            ),
        ]
        indexes = [
            models.Index(F("owner"), F("created_at").desc(), F("id").desc(), name="history"),
            # Lists of staff.
            models.Index(F("created_at").desc(), F("id").desc(), name="newest_first"),
            models.Index(
                F("status"), F("created_at").desc(), F("id").desc(), name="newest_by_status"
            ),
            # One scan, too, where a history is filtered by its class or its status.
            models.Index(
                F("owner"), F("label"), F("created_at").desc(), F("id").desc(), name="by_label"
            ),
            models.Index(
                F("owner"), F("status"), F("created_at").desc(), F("id").desc(), name="by_status"
            ),
            models.Index(
                F("owner"),
                F("probability").desc(),
                F("id").desc(),
                name="most_probable_first",
                condition=Q(probability__isnull=False),
            ),
            models.Index(
                fields=["owner"], condition=Q(status__in=UNFINISHED), name="unfinished_of_owner"
            ),
            models.Index(
                fields=["created_at", "id"], condition=Q(status=Status.QUEUED), name="queue"
            ),
            models.Index(
                fields=["claimed_until"], condition=Q(status=Status.RUNNING), name="leases"
            ),
        ]

    def __str__(self) -> str:
        return f"Prediction {str(self.pk)[:8]}"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    @property
    def out_of_distribution(self) -> bool:
        """Unlike what the network was trained on: what it says of it means nothing."""
        return self.in_distribution is not None and self.in_distribution < 0

    @property
    def prior_in_words(self) -> str:
        return priors.in_words(self.prior) if self.prior else ""

    @property
    def malignancy(self) -> float | None:
        """Probability of a malignant or pre-malignant lesion; None until succeeded."""
        return malignancy(self.probabilities) if self.probabilities else None

    @property
    def ranked(self) -> list[tuple[str, class_guide.Description, float]]:
        """(label, its words, probability), most probable first; empty until succeeded."""
        probabilities: dict[str, Any] = self.probabilities or {}
        ranked = sorted(probabilities.items(), key=lambda item: -item[1])
        return [(label, class_guide.GUIDE[label], probability) for label, probability in ranked]
