"""The files of a photograph: to its owner and to staff, and not again to who has them already."""

from __future__ import annotations

import logging
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from classifier import heatmap, history, imaging
from classifier.api.base import PRIVATE, user_of
from classifier.api.schema import NOT_MODIFIED
from classifier.api.serializers import HeatmapSerializer
from classifier.downloads import stored
from classifier.models import LesionImage, Prediction
from classifier.staff import audit
from ml.photographs import InvalidPhotograph

logger = logging.getLogger(__name__)


class PhotographFiles:
    """Part of the predictions' views."""

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **NOT_MODIFIED})
    @action(detail=True)
    def image(self, request: Request, pk: UUID) -> HttpResponse | FileResponse:
        """The photograph as it is stored: upright, without metadata."""
        return self._file(request, pk, "file")

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **NOT_MODIFIED})
    @action(detail=True)
    def thumbnail(self, request: Request, pk: UUID) -> HttpResponse | FileResponse:
        """The photograph, at most 256 pixels on a side."""
        return self._file(request, pk, "thumbnail")

    @extend_schema(
        parameters=[HeatmapSerializer],
        responses={(200, "image/png"): OpenApiTypes.BINARY, **NOT_MODIFIED},
    )
    @action(detail=True)
    def heatmap(self, request: Request, pk: UUID) -> HttpResponse:
        """The photograph, coloured where it spoke for a class; at most 1024 pixels on a side."""
        prediction = _visible(request, pk)
        options = HeatmapSerializer(data=request.query_params)
        options.is_valid(raise_exception=True)
        if prediction.class_maps is None:
            raise Http404
        label = options.validated_data.get("label", prediction.label)
        headers = _headers(f"{prediction.pk.hex}-{label}-{heatmap.EDITION}")
        if _has_it(request, headers["ETag"]):
            return HttpResponseNotModified(headers=headers)
        try:
            with stored.opened(str(prediction.image.file.name)) as file:
                photograph = imaging.stored_photograph(file, at_least=heatmap.MAX_SIDE)
        except FileNotFoundError as error:
            raise _missing(prediction.image) from error
        except InvalidPhotograph as error:
            logger.error("%s: the stored file is damaged.", prediction.image)
            raise Http404 from error
        drawn = heatmap.overlay(photograph, heatmap.unpack(bytes(prediction.class_maps), label))
        return HttpResponse(heatmap.png(drawn), content_type="image/png", headers=headers)

    def _file(self, request: Request, pk: UUID, name: str) -> HttpResponse | FileResponse:
        image = _visible(request, pk).image
        headers = _headers(f"{image.pk.hex}-{name}")  # what is stored never changes
        if _has_it(request, headers["ETag"]):
            return HttpResponseNotModified(headers=headers)
        try:
            return stored.answer(
                getattr(image, name).name, {**headers, "Content-Type": "image/jpeg"}
            )
        except FileNotFoundError as error:
            raise _missing(image) from error


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"', **PRIVATE}


def _has_it(request: Request, tag: str) -> bool:
    known = [
        one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    return tag in known or known == ["*"]


def _visible(request: Request, pk: UUID) -> Prediction:
    user = user_of(request)
    shown = get_object_or_404(history.with_visible_files(user), pk=pk)
    if shown.owner_id != user.pk:  # a member of the staff
        audit.saw(user, [shown.image])
    return shown


def _missing(image: LesionImage) -> Http404:
    logger.error("%s: a stored file is missing.", image)
    return Http404()
