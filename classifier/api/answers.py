"""What all views of predictions share: whose they are, how they are shown."""

from __future__ import annotations

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
        waiting.note_places(rows)
        context = self.get_serializer_context()
        return {row.pk: PredictionSerializer(row, context=context).data for row in rows}

    def accepted(self, prediction: Prediction) -> Response:
        """202 with the prediction and its address."""
        found = self.shown(prediction)
        if not found:  # deleted by now
            raise Http404
        return self.accepted_as(found[prediction.pk])

    def accepted_as(self, shown: dict[str, Any], **headers: str) -> Response:
        path = reverse("api:prediction-detail", args=[shown["id"]])
        headers["Location"] = self.request.build_absolute_uri(path)
        return Response(shown, status.HTTP_202_ACCEPTED, headers=headers)
