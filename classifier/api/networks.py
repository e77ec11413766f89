"""The networks that have served here, and the seven classes that they know."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier.api.examples import LABEL, MODEL, answered
from classifier.models import ModelVersion
from ml.labels import LABELS, LONG_NAMES, MALIGNANT


@extend_schema_serializer(examples=[answered("The active one", MODEL)])
class ModelVersionSerializer(serializers.ModelSerializer):
    card = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = ["name", "version", "sha256", "active", "created_at", "card"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_card(self, version: ModelVersion) -> Any:
        return version.card


@extend_schema_serializer(examples=[answered("Melanoma", LABEL)])
class LabelSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    name = serializers.CharField()
    malignant = serializers.BooleanField(help_text="Malignant or pre-malignant.")


class ModelVersionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The networks that have served here, with their cards."""

    serializer_class = ModelVersionSerializer
    queryset = ModelVersion.objects.order_by("-created_at")
    pagination_class = None

    @extend_schema(responses=ModelVersionSerializer)
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

    @extend_schema(responses=LabelSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(
            [
                {"label": label, "name": LONG_NAMES[label], "malignant": label in MALIGNANT}
                for label in LABELS
            ]
        )
