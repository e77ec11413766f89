"""The REST API: parse, call one function of the core, answer."""

from __future__ import annotations

import logging
from typing import IO, Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier import export, heatmap, history, imaging, intake, queue, waiting
from classifier.api import errors, serializers
from classifier.models import LesionImage, ModelVersion, Prediction
from classifier.pagination import NewestFirst
from classifier.quotas import QuotaExceeded
from ml.labels import LABELS, LONG_NAMES, MALIGNANT
from ml.photographs import InvalidPhotograph

logger = logging.getLogger(__name__)

PRIVATE = {"Cache-Control": "private, no-store"}


def _user(request: Request) -> User:
    """The logged-in user: the permissions have let nobody else through."""
    return cast("User", request.user)


class JSONWhateverIsAccepted(DefaultContentNegotiation):
    """A client that accepts only image/jpeg still gets photographs, and its errors as JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class PredictionViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The user's own predictions; other people's do not exist here."""

    serializer_class = serializers.PredictionSerializer
    pagination_class = NewestFirst
    content_negotiation_class = JSONWhateverIsAccepted
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    filterset_class = history.PredictionFilter
    ordering_fields = ("created_at",)
    ordering = ("-created_at", "-id")
    lookup_value_converter = "uuid"
    queryset = Prediction.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Prediction]:
        return history.predictions_of(_user(self.request))

    def get_object(self) -> Prediction:
        prediction: Prediction = super().get_object()
        waiting.note_places([prediction])
        return prediction

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        waiting.note_places(page or [])
        return page

    @extend_schema(
        parameters=[serializers.WaitSerializer],
        request={"multipart/form-data": serializers.UploadSerializer},
        responses={
            202: serializers.PredictionSerializer,
            429: OpenApiResponse(description="A limit is reached; see `Retry-After`."),
        },
    )
    def create(self, request: Request) -> Response:
        """Hand in one photograph; 202 with the prediction, which may still wait in the queue."""
        options = serializers.WaitSerializer(data=request.query_params)
        options.is_valid(raise_exception=True)
        upload = serializers.UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        if len(request.FILES.getlist("image")) > 1:
            raise ValidationError({"image": ["Send one photograph a request."]})
        fields = upload.validated_data
        try:
            prediction = intake.submit(owner=_user(request), file=fields.pop("image"), **fields)
        except InvalidPhotograph as error:
            raise errors.RefusedPhotograph(error) from error
        except QuotaExceeded as error:
            raise errors.OverQuota(error) from error
        waiting.until_finished(prediction, seconds=options.validated_data["wait"])
        return self._accepted(prediction)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def export(self, request: Request) -> StreamingHttpResponse:
        """The filtered history as a table for spreadsheets."""
        found = self.filter_queryset(self.get_queryset())
        headers = {"Content-Disposition": 'attachment; filename="skincare.csv"', **PRIVATE}
        return StreamingHttpResponse(
            export.lines(found), content_type="text/csv; charset=utf-8", headers=headers
        )

    def perform_destroy(self, instance: Prediction) -> None:
        """The photograph goes, with its files and everything said about it."""
        try:
            intake.withdraw(instance)
        except LesionImage.DoesNotExist as error:
            raise Http404 from error

    @extend_schema(
        request=None,
        responses={
            202: serializers.PredictionSerializer,
            409: OpenApiResponse(description="A prediction of this photograph is unfinished."),
            429: OpenApiResponse(description="A limit is reached; see `Retry-After`."),
        },
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """Classify the same photograph again, as a new prediction."""
        try:
            return self._accepted(intake.retry(self.get_object()))
        except queue.UnfinishedPrediction as error:
            raise errors.Conflict from error
        except QuotaExceeded as error:
            raise errors.OverQuota(error) from error
        except LesionImage.DoesNotExist as error:
            raise Http404 from error

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True)
    def image(self, request: Request, pk: UUID) -> FileResponse:
        """The photograph as it is stored: upright, without metadata."""
        return self._file(request, pk, "file")

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True)
    def thumbnail(self, request: Request, pk: UUID) -> FileResponse:
        """The photograph, at most 256 pixels on a side."""
        return self._file(request, pk, "thumbnail")

    @extend_schema(
        parameters=[serializers.HeatmapSerializer],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    @action(detail=True)
    def heatmap(self, request: Request, pk: UUID) -> HttpResponse:
        """The photograph, coloured where it spoke for a class; at most 1024 pixels on a side."""
        prediction = self._visible(request, pk)
        options = serializers.HeatmapSerializer(data=request.query_params)
        options.is_valid(raise_exception=True)
        if prediction.class_maps is None:
            raise Http404
        label = options.validated_data.get("label", prediction.label)
        with self._open(prediction.image, "file") as file:
            try:
                photograph = imaging.stored_photograph(file, at_least=heatmap.MAX_SIDE)
            except InvalidPhotograph as error:
                logger.error("%s: the stored file is damaged.", prediction.image)
                raise Http404 from error
        drawn = heatmap.overlay(photograph, heatmap.unpack(bytes(prediction.class_maps), label))
        return HttpResponse(heatmap.png(drawn), content_type="image/png", headers=PRIVATE)

    def _file(self, request: Request, pk: UUID, name: str) -> FileResponse:
        file = self._open(self._visible(request, pk).image, name)
        return FileResponse(file, content_type="image/jpeg", headers=PRIVATE)

    def _visible(self, request: Request, pk: UUID) -> Prediction:
        return get_object_or_404(history.with_visible_files(_user(request)), pk=pk)

    def _open(self, image: LesionImage, name: str) -> IO[bytes]:
        try:
            file: IO[bytes] = getattr(image, name).open("rb")
        except FileNotFoundError as error:
            logger.error("%s: a stored file is missing.", image)
            raise Http404 from error
        return file

    def _accepted(self, prediction: Prediction) -> Response:
        shown = get_object_or_404(self.get_queryset(), pk=prediction.pk)  # may be deleted by now
        waiting.note_places([shown])
        location = self.request.build_absolute_uri(
            reverse("api:prediction-detail", args=[prediction.pk])
        )
        return Response(
            self.get_serializer(shown).data,
            status.HTTP_202_ACCEPTED,
            headers={"Location": location},
        )


class ModelVersionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The networks that have served here, with their cards."""

    serializer_class = serializers.ModelVersionSerializer
    queryset = ModelVersion.objects.order_by("-created_at")
    pagination_class = None

    @extend_schema(responses=serializers.ModelVersionSerializer)
    @action(detail=False)
    def active(self, request: Request) -> Response:
        """The network that new predictions are made with."""
        version = self.get_queryset().filter(active=True).first()
        if version is None:
            raise Http404
        return Response(self.get_serializer(version).data)


class LabelsView(APIView):
    """The seven classes, in the order of every network's outputs."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.LabelSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(
            [
                {"label": label, "name": LONG_NAMES[label], "malignant": label in MALIGNANT}
                for label in LABELS
            ]
        )
