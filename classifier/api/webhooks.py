"""Webhooks in the API."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api import errors
from classifier.api.schema import error
from classifier.api.webhook_serializers import (
    DeliverySerializer,
    MadeWebhookSerializer,
    NewWebhookSerializer,
    WebhookSerializer,
)
from classifier.delivery import webhooks
from classifier.delivery.webhook_records import Webhook
from classifier.pagination import NewestFirst
from classifier.quotas import QuotaExceeded


class TooManyWebhooks(errors.Conflict):
    default_code = "too_many_webhooks"
    default_detail = f"You have {webhooks.LIMIT} webhooks, which is the limit."


class SwitchedOff(errors.Conflict):
    default_code = "switched_off"
    default_detail = "The webhook is switched off."


class WebhookViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Addresses of the user's own to which finished predictions are posted, signed.

    What is posted, how it is signed and how a receiver verifies it: docs/webhooks.md.
    """

    serializer_class = WebhookSerializer
    pagination_class = None
    lookup_value_converter = "uuid"
    queryset = Webhook.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[Webhook]:
        return webhooks.webhooks_of(cast("User", self.request.user))

    @extend_schema(
        request=NewWebhookSerializer,
        responses={
            201: MadeWebhookSerializer,
            409: error(409, TooManyWebhooks.default_code, TooManyWebhooks.default_detail),
        },
    )
    def create(self, request: Request) -> Response:
        """Register an address; this answer alone holds the secret."""
        wanted = NewWebhookSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        fields: dict[str, str] = {"secret": "", **wanted.validated_data}
        site = request.build_absolute_uri("/")
        try:
            made = webhooks.register(owner=cast("User", request.user), site=site, **fields)
        except webhooks.TooManyWebhooks as reason:
            raise TooManyWebhooks from reason
        answer = Response(MadeWebhookSerializer(made).data, status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer

    @extend_schema(responses={200: WebhookSerializer})
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename, switch off or on again."""
        webhook = self.get_object()
        wanted = WebhookSerializer(webhook, data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        wanted.save()
        match wanted.validated_data.get("enabled"):
            case True:
                webhooks.switch_on(webhook)
            case False:
                webhooks.switch_off(self.get_queryset().filter(pk=pk))
        return self.retrieve(request)

    @extend_schema(
        request=None,
        responses={
            202: DeliverySerializer,
            409: error(409, SwitchedOff.default_code, SwitchedOff.default_detail),
            429: error(429, "too_many_tests", "A webhook is tested at most every 10 seconds."),
        },
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: UUID) -> Response:
        """Send a message that is about no prediction, once; the deliveries say how it went."""
        try:
            delivery = webhooks.send_test(self.get_object())
        except webhooks.SwitchedOff as error:
            raise SwitchedOff from error
        except QuotaExceeded as error:
            raise errors.OverQuota(error) from error
        return Response(DeliverySerializer(delivery).data, status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: DeliverySerializer(many=True)})
    @action(detail=True, pagination_class=NewestFirst)
    def deliveries(self, request: Request, pk: UUID) -> Response:
        """What was sent in the last 30 days and how it went, newest first."""
        page = self.paginate_queryset(webhooks.deliveries_of(self.get_object()))
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)
