"""All that a user has here as one zip, which the worker builds."""

from __future__ import annotations

from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from classifier import history
from classifier.api.base import JSONWhateverIsAccepted, user_of
from classifier.api.examples import ARCHIVE, ORDERED, answered
from classifier.api.parts import RANGE, part_of, whole_or_part
from classifier.downloads import archives, ranges, stored
from classifier.records import Archive, archive_path


@extend_schema_serializer(examples=[answered("Ready", ARCHIVE), answered("Ordered", ORDERED, 202)])
class ArchiveSerializer(serializers.ModelSerializer):
    """How far it is. It is deleted after a day."""

    done = serializers.IntegerField(read_only=True)
    total = serializers.IntegerField(read_only=True, help_text="Predictions.")
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = Archive
        fields = ["id", "done", "total", "failed", "created_at", "finished_at", "download_url"]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_download_url(self, archive: Archive) -> str | None:
        """Null until it is ready."""
        if not archive.is_ready:
            return None
        return reverse("api:archive-download", [archive.pk], request=self.context["request"])


class ArchiveViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The user's own archives."""

    serializer_class = ArchiveSerializer
    pagination_class = None
    content_negotiation_class = JSONWhateverIsAccepted
    lookup_value_converter = "uuid"
    queryset = Archive.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Archive]:
        return user_of(self.request).archives.order_by("-created_at", "-id")

    @extend_schema(request=None, responses={202: ArchiveSerializer})
    def create(self, request: Request) -> Response:
        """Order one: photographs, results and account. While one is being built, that one."""
        user = user_of(request)
        made = self.get_queryset().filter(everything=True, finished_at=None).first()
        if made is None:
            ids = history.predictions_of(user).values_list("pk", flat=True)
            made = archives.order(user, [str(pk) for pk in ids], everything=True)
        shown = self.get_serializer(made).data
        address = reverse("api:archive-detail", [made.pk], request=request)
        return Response(shown, status.HTTP_202_ACCEPTED, headers={"Location": address})

    @extend_schema(
        parameters=RANGE, responses=whole_or_part("application/zip", OpenApiTypes.BINARY)
    )
    @action(detail=True)
    def download(self, request: Request, pk: UUID) -> HttpResponse | StreamingHttpResponse:
        """The zip; 404 until it is ready."""
        archive = self.get_object()
        if not archive.is_ready:
            raise Http404
        name, headers = archive_path(archive), archives.headers(archive)
        tag = f'"{archive.pk.hex}"'
        try:
            # A part is our own business: its errors have our shape.
            if "Range" not in request.headers and (
                answer := stored.sent_by_proxy(name, {**headers, "ETag": tag})
            ):
                return answer
            whole = ranges.Whole(stored.opened(name), default_storage.size(name), tag)
        except FileNotFoundError as error:
            raise Http404 from error
        return part_of(request, whole, headers)
