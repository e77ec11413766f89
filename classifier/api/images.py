"""A photograph by itself: what is known of it, and what its owner says of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from classifier import intake
from classifier.api.base import user_of
from classifier.api.diagnoses import DiagnosisSerializer
from classifier.api.examples import PHOTOGRAPH, answered
from classifier.api.serializers import ImageSerializer
from classifier.api.uploads import DetailsSerializer
from classifier.models import Diagnosis, LesionImage, Prediction
from classifier.privacy import retention


@extend_schema_serializer(examples=[answered("A photograph", PHOTOGRAPH)])
class PhotographSerializer(ImageSerializer):
    """A photograph; the addresses of its files are those of its latest prediction."""

    kept_until = serializers.SerializerMethodField()
    predictions = serializers.SerializerMethodField()
    diagnosis = serializers.SerializerMethodField()

    class Meta(ImageSerializer.Meta):
        fields = [
            *ImageSerializer.Meta.fields,
            "created_at",
            "kept_until",
            "predictions",
            "diagnosis",
        ]

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_url(self, image: LesionImage) -> str | None:
        return self._of_latest(image, "api:prediction-image")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_thumbnail_url(self, image: LesionImage) -> str | None:
        return self._of_latest(image, "api:prediction-thumbnail")

    def _of_latest(self, image: LesionImage, name: str) -> str | None:
        latest = next(iter(image.predictions.all()), None)  # staff may have deleted them all
        return reverse(name, [latest.pk], request=self.context["request"]) if latest else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_kept_until(self, image: LesionImage) -> Any:
        """When it is deleted; null: when somebody does so."""
        return retention.kept_until(image, retention.choice_of(user_of(self.context["request"])))

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_predictions(self, image: LesionImage) -> list[str]:
        """Their ids, the latest first."""
        return [str(prediction.pk) for prediction in image.predictions.all()]

    @extend_schema_field(DiagnosisSerializer(allow_null=True))
    def get_diagnosis(self, image: LesionImage) -> Any:
        """The confirmed one, if there is one."""
        try:
            return DiagnosisSerializer(image.diagnosis).data
        except Diagnosis.DoesNotExist:
            return None


class ImageViewSet(viewsets.GenericViewSet):
    """The user's own photographs; other people's do not exist here."""

    serializer_class = PhotographSerializer
    lookup_value_converter = "uuid"
    queryset = LesionImage.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[LesionImage]:
        own = user_of(self.request).lesion_images.select_related("diagnosis__diagnosed_by")
        ids = Prediction.objects.only("image_id").order_by("-created_at", "-id")
        return own.prefetch_related(Prefetch("predictions", ids))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The photograph with the ids of its predictions."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=DetailsSerializer(partial=True), responses=PhotographSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Say something else of it; what is not named stays."""
        image = self.get_object()
        details = DetailsSerializer(data=request.data, partial=True)
        details.is_valid(raise_exception=True)
        said = {name: getattr(image, name) for name in ("note", "body_site", "taken_on")}
        intake.annotate(image, **{**said, **details.validated_data})
        return Response(self.get_serializer(image).data)
