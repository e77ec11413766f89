"""Lesions: named, filled with photographs, looked at over time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import lesions, waiting
from classifier.api import errors
from classifier.api.base import user_of
from classifier.api.examples import LESION, VISIT, answered, asked
from classifier.api.fields import Name
from classifier.api.schema import error
from classifier.api.serializers import PredictionRowSerializer
from classifier.models import LesionImage
from classifier.pagination import NewestFirst
from classifier.records import Lesion

NAME_TAKEN = {409: error(409, errors.NAME_TAKEN, str(errors.SAME_NAME))}


@extend_schema_serializer(
    examples=[
        asked("A name", {"name": "left heel"}),
        answered("A lesion", LESION),
        answered("A new lesion", LESION | {"count": 0, "latest": None}, 201),
    ]
)
class LesionSerializer(serializers.ModelSerializer):
    name = Name(help_text="The owner's own words; no two lesions share one.")
    count = serializers.IntegerField(read_only=True, default=0, help_text="Of its photographs.")
    latest = serializers.DateTimeField(
        read_only=True, allow_null=True, default=None, help_text="When the last one was uploaded."
    )

    class Meta:
        model = Lesion
        fields = ["id", "name", "created_at", "count", "latest"]


@extend_schema_serializer(examples=[answered("A visit", VISIT)])
class VisitSerializer(serializers.Serializer):
    """One photograph of a lesion with its latest result."""

    day = serializers.DateField(help_text="On which it was taken, else that of its upload.")
    recognised = serializers.BooleanField(
        source="is_recognised", help_text="Whether there are probabilities that mean something."
    )
    prediction = PredictionRowSerializer()


class LesionViewSet(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The user's own lesions. One that is deleted leaves its photographs."""

    serializer_class = LesionSerializer
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    queryset = Lesion.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Lesion]:
        return lesions.lesions_of(user_of(self.request))

    @extend_schema(responses={201: LesionSerializer, **NAME_TAKEN})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new lesion, without photographs."""
        return super().create(request, *args, **kwargs)

    @extend_schema(responses={200: LesionSerializer, **NAME_TAKEN})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Another name."""
        return super().partial_update(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        self._save(serializer, owner=user_of(self.request))

    def perform_update(self, serializer: Any) -> None:
        self._save(serializer)

    def _save(self, serializer: Any, **fields: Any) -> None:
        try:
            with lesions.named():
                serializer.save(**fields)
        except lesions.NameTaken as taken:
            raise errors.Conflict(errors.SAME_NAME, errors.NAME_TAKEN) from taken


class TimelineView(viewsets.GenericViewSet):
    """A lesion over time."""

    serializer_class = VisitSerializer
    pagination_class = None
    queryset = Lesion.objects.none()  # for the schema

    @extend_schema(responses=VisitSerializer(many=True))
    def list(self, request: Request, pk: UUID) -> Response:
        """The photographs in the order in which they were taken."""
        visits = lesions.course(get_object_or_404(Lesion, pk=pk, owner=user_of(request)))
        waiting.note_places(visit.prediction for visit in visits)
        return Response(self.get_serializer(visits, many=True).data)


class MembersView(viewsets.GenericViewSet):
    """Which photographs show a lesion."""

    serializer_class = LesionSerializer
    queryset = Lesion.objects.none()  # for the schema

    @extend_schema(request=None, responses=LesionSerializer)
    def update(self, request: Request, pk: UUID, image: UUID) -> Response:
        """The photograph shows this lesion, and no other one any more."""
        lesion, photograph = self._both(pk, image)
        lesions.put(photograph, lesion)
        return Response(self.get_serializer(self._lesion(pk)).data)

    @extend_schema(responses={204: OpenApiResponse(description="It does not show it any more.")})
    def destroy(self, request: Request, pk: UUID, image: UUID) -> Response:
        """The photograph stays, and shows no lesion."""
        lesion, photograph = self._both(pk, image)
        if photograph.lesion_id == lesion.pk:
            lesions.put(photograph, None)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _both(self, pk: UUID, image: UUID) -> tuple[Lesion, LesionImage]:
        photographs = user_of(self.request).lesion_images
        return self._lesion(pk), get_object_or_404(photographs, pk=image)

    def _lesion(self, pk: UUID) -> Lesion:
        return get_object_or_404(lesions.lesions_of(user_of(self.request)), pk=pk)
