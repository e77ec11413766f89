"""Confirmed diagnoses: written by staff, read by the photograph's owner."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api import errors
from classifier.api.base import user_of
from classifier.api.examples import DIAGNOSIS, IMAGE_ID, answered, asked
from classifier.api.schema import error
from classifier.models import Diagnosis, LesionImage
from classifier.pagination import NewestFirst
from classifier.staff import audit, roles


@extend_schema_serializer(
    examples=[
        asked("From the laboratory", {"image": IMAGE_ID, "label": "nv", "method": "histo"}),
        answered("A diagnosis", DIAGNOSIS),
        answered("A new diagnosis", DIAGNOSIS, 201),
    ]
)
class DiagnosisSerializer(serializers.ModelSerializer):
    """What a photograph shows in truth, and how that is known."""

    image = serializers.PrimaryKeyRelatedField(queryset=LesionImage.objects.all())
    diagnosed_by = serializers.CharField(
        source="diagnosed_by.username", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Diagnosis
        fields = ["id", "image", "label", "method", "diagnosed_by", "created_at"]


@extend_schema_serializer(
    examples=[asked("Another class", {"label": "bcc"}), answered("A diagnosis", DIAGNOSIS)]
)
class ChangedDiagnosisSerializer(DiagnosisSerializer):
    """A diagnosis stays with its photograph."""

    image = serializers.PrimaryKeyRelatedField(read_only=True)


class StaffWrite(IsAuthenticated):
    """What one may not see is not there (404); what one may only see is forbidden to change."""

    def has_permission(self, request: Request, view: Any) -> bool:
        creates = view.action == "create"
        return super().has_permission(request, view) and (
            not creates or roles.may_diagnose(user_of(request))
        )

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        if request.method in SAFE_METHODS:
            return True
        user = user_of(request)
        return roles.may_take_back(user) if request.method == "DELETE" else roles.may_diagnose(user)


class DiagnosisViewSet(viewsets.ModelViewSet):
    """Those of the user's own photographs; reviewers see and write all, managers delete, too."""

    permission_classes = [StaffWrite]
    pagination_class = NewestFirst
    lookup_value_converter = "int"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    queryset = Diagnosis.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Diagnosis]:
        user = user_of(self.request)
        seen = Diagnosis.objects.select_related("diagnosed_by")
        return seen if roles.may_look(user) else seen.filter(image__owner=user)

    def get_serializer_class(self) -> Any:
        changes = self.action == "partial_update"
        return ChangedDiagnosisSerializer if changes else DiagnosisSerializer

    @extend_schema(
        responses={
            201: DiagnosisSerializer,
            409: error(409, errors.DIAGNOSED, str(errors.HAS_DIAGNOSIS)),
        }
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Staff record what a photograph shows."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        try:
            with transaction.atomic():
                self._save(serializer)
        except IntegrityError as doubled:
            raise errors.Conflict(errors.HAS_DIAGNOSIS, errors.DIAGNOSED) from doubled

    def perform_update(self, serializer: Any) -> None:
        self._save(serializer)

    def perform_destroy(self, instance: Diagnosis) -> None:
        audit.note(user_of(self.request), audit.Action.DELETED, [instance])
        super().perform_destroy(instance)

    def _save(self, serializer: Any) -> None:
        diagnosis = serializer.save(diagnosed_by=user_of(self.request))
        audit.note(user_of(self.request), audit.Action.DIAGNOSED, [diagnosis.image])
