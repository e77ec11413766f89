"""Predictions: handed in, listed, shown, deleted, made again."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import intake, looks, queue, waiting
from classifier.api import errors, uploads
from classifier.api.answers import PredictionViews
from classifier.api.base import user_of
from classifier.api.files import PhotographFiles
from classifier.api.schema import OVER_QUOTA, error
from classifier.api.serializers import PredictionRowSerializer, PredictionSerializer
from classifier.idempotency import IdempotentRequest, KeyTaken, OtherRequest
from classifier.models import LesionImage, Prediction
from classifier.pagination import NewestFirst
from classifier.quotas import QuotaExceeded
from ml.photographs import InvalidPhotograph


class PredictionViewSet(
    PhotographFiles,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    PredictionViews,
):
    """The user's own predictions; other people's do not exist here."""

    pagination_class = NewestFirst
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Prediction]:
        found = super().get_queryset()
        return found.defer("model_version__card", "class_maps") if self._is_list else found

    def get_serializer_class(self) -> Any:
        return PredictionRowSerializer if self._is_list else PredictionSerializer

    @property
    def _is_list(self) -> bool:
        return self.action == "list"

    def get_object(self) -> Prediction:
        prediction: Prediction = super().get_object()
        waiting.note_places([prediction])
        return prediction

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        waiting.note_places(page or [])
        return page

    @extend_schema(
        parameters=[uploads.WaitSerializer, uploads.KEY_PARAMETER],
        request={"multipart/form-data": uploads.UploadSerializer},
        responses={
            202: PredictionSerializer,
            409: error(409, errors.KEY_REUSED, str(errors.OTHER_REQUEST)),
            **OVER_QUOTA,
        },
    )
    def create(self, request: Request) -> Response:
        """Hand in one photograph; 202 with the prediction, which may still wait in the queue."""
        seconds = uploads.wait_seconds(request)
        upload = uploads.UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        if len(request.FILES.getlist("image")) > 1:
            raise ValidationError({"image": ["Send one photograph a request, or a batch."]})
        fields = upload.validated_data
        key = uploads.idempotency_key(request, fields)
        file = fields.pop("image")
        try:
            if key:
                return self._first_answer(intake.submit_once(key=key, file=file, **fields), seconds)
            prediction = intake.submit(owner=user_of(request), file=file, **fields)
        except (InvalidPhotograph, QuotaExceeded, KeyTaken, OtherRequest) as error:
            raise errors.refusal(error) from error
        if not seconds:
            return self.accepted_as(self.as_given(prediction)[prediction.pk])
        looks.until_finished(prediction, seconds=seconds)
        return self.accepted(prediction)

    def _first_answer(self, done: IdempotentRequest, seconds: float) -> Response:
        """The one that was given to the key first, word for word."""
        if done.answer:
            return self.accepted_as(json.loads(done.answer), **{"Idempotent-Replayed": "true"})
        assert done.prediction is not None  # noqa: S101  # set in the row's own transaction
        looks.until_finished(done.prediction, seconds=seconds)
        shown = self.accepted(done.prediction).data
        return self.accepted_as(json.loads(done.keep(JSONRenderer().render(shown).decode())))

    def perform_destroy(self, instance: Prediction) -> None:
        """The photograph goes, with its files and everything said about it."""
        try:
            intake.withdraw(instance)
        except LesionImage.DoesNotExist as error:
            raise Http404 from error

    @extend_schema(
        request=None,
        responses={
            202: PredictionSerializer,
            409: error(409, errors.Conflict.default_code, errors.Conflict.default_detail),
            **OVER_QUOTA,
        },
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Classify the same photograph again, as a new prediction."""
        try:
            return self.accepted(intake.retry(self.get_object()))
        except queue.UnfinishedPrediction as error:
            raise errors.Conflict from error
        except QuotaExceeded as error:
            raise errors.refusal(error) from error
        except LesionImage.DoesNotExist as error:
            raise Http404 from error
