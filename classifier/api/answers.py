"""What all views of predictions share: whose they are, how they are shown."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import status, viewsets
from rest_framework.response import Response

from classifier import history, waiting
from classifier.api.base import JSONWhateverIsAccepted, user_of
from classifier.api.filters import Ordering, PredictionListFilter
from classifier.api.serializers import PredictionSerializer
from classifier.models import Prediction


class _Shown(threading.local):
    """A thread's serializer, made once: to put its fields together takes longer than its use."""

    def __init__(self) -> None:
        self.context: dict[str, Any] = {}
        self.serializer = PredictionSerializer(context=self.context)


_shown = _Shown()


class PredictionViews(viewsets.GenericViewSet):
    """The user's own predictions; other people's do not exist here."""

    serializer_class = PredictionSerializer
    content_negotiation_class = JSONWhateverIsAccepted
    filter_backends = [DjangoFilterBackend, Ordering]
    filterset_class = PredictionListFilter
    queryset = Prediction.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Prediction]:
        return history.predictions_of(user_of(self.request))

    def shown(self, *predictions: Prediction) -> dict[UUID, dict[str, Any]]:
        """By their ids, as they are now; without those that are deleted."""
        rows = history.predictions_of(user_of(self.request)).filter(
            pk__in=[prediction.pk for prediction in predictions]
        )
        return self.as_given(*rows.order_by())  # in any order: they are found by their ids

    def as_given(self, *rows: Prediction) -> dict[UUID, dict[str, Any]]:
        """The same of what was just read, or made."""
        waiting.note_places(rows)
        _shown.context["request"] = self.request
        try:
            return {row.pk: _shown.serializer.to_representation(row) for row in rows}
        finally:
            _shown.context.clear()  # with its photograph

    def accepted(self, prediction: Prediction) -> Response:
        """202 with the prediction, as it is now, and its address."""
        found = self.shown(prediction)
        if not found:  # deleted by now
            raise Http404
        return self.accepted_as(found[prediction.pk])

    def accepted_as(self, shown: dict[str, Any], **headers: str) -> Response:
        path = reverse("api:prediction-detail", args=[shown["id"]])
        headers["Location"] = self.request.build_absolute_uri(path)
        return Response(shown, status.HTTP_202_ACCEPTED, headers=headers)
