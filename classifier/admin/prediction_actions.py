"""What managers can do with chosen predictions."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from classifier import queue
from classifier.admin import staff_export
from classifier.admin.base import MadeByTheService, staff
from classifier.admin.choose_version import chosen_version
from classifier.models import LesionImage, ModelVersion, Prediction, PredictionQuerySet
from classifier.staff import audit

AT_ONCE = 1000
"""More are a re-run's business."""


class PredictionActions(MadeByTheService):
    actions = ("retry", "rerun", "recover", "mark_failed", "export_csv")

    @admin.action(description="Classify the photographs again", permissions=["manage"])
    def retry(self, request: HttpRequest, selected: QuerySet[Prediction]) -> None:
        """As the owner's own retry, by the network that is active; no limit is counted."""
        images = _photographs(selected)
        queued = 0
        for image in images:
            try:
                with transaction.atomic():
                    queue.enqueue(image)
                queued += 1
            except queue.UnfinishedPrediction:
                continue
        audit.note(staff(request), audit.Action.RERUN, images)
        left_out = len(images) - queued
        self.message_user(
            request, f"{queued} queued, {left_out} left out: they are being classified."
        )

    @admin.action(description="… by another network version", permissions=["manage"])
    def rerun(self, request: HttpRequest, selected: QuerySet[Prediction]) -> HttpResponse | None:
        """Asks for the version first."""
        version = chosen_version(request)
        if not isinstance(version, ModelVersion):
            return version
        images = _photographs(selected)
        queued = queue.enqueue_in_background(images, version)
        audit.note(staff(request), audit.Action.RERUN, images)
        left_out = len(images) - queued
        self.message_user(
            request,
            f"{queued} queued for {version}, {left_out} left out: they are being classified. "
            "They come after all that users wait for.",
        )
        return None

    @admin.action(
        description="Recover what lost workers hold (all of it, not only the selected)",
        permissions=["manage"],
    )
    def recover(self, request: HttpRequest, _selected: QuerySet[Prediction]) -> None:
        self.message_user(request, str(queue.recover()), messages.SUCCESS)

    @admin.action(description="Mark the unfinished ones as failed", permissions=["manage"])
    def mark_failed(self, request: HttpRequest, selected: PredictionQuerySet) -> None:
        unfinished = list(selected.unfinished()[:AT_ONCE])
        chosen = Prediction.objects.filter(pk__in=[row.pk for row in unfinished])
        failed = queue.mark_failed(chosen)
        audit.note(staff(request), audit.Action.CHANGED, unfinished)
        self.message_user(request, f"{failed} marked as failed.", messages.SUCCESS)

    @admin.action(description="Export as CSV", permissions=["manage"])
    def export_csv(
        self, request: HttpRequest, selected: QuerySet[Prediction]
    ) -> StreamingHttpResponse:
        return StreamingHttpResponse(
            _noted(request, selected),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": "attachment; "
                f'filename="skincare-predictions-{timezone.localdate().isoformat()}.csv"',
                "Cache-Control": "private, no-store",
            },
        )


def _photographs(selected: QuerySet[Prediction]) -> list[LesionImage]:
    """Each once, at most `AT_ONCE`."""
    wanted = LesionImage.objects.filter(predictions__in=selected.order_by().values("pk"))
    return list(wanted.only("pk", "owner_id").distinct().order_by("pk")[:AT_ONCE])


def _noted(request: HttpRequest, selected: QuerySet[Prediction]) -> Iterator[str]:
    """The table, each of whose parts stands in the audit log before it leaves."""
    yield staff_export.header()
    for part in staff_export.parts(selected):
        audit.note(staff(request), audit.Action.EXPORTED, part)
        yield staff_export.table(part)
