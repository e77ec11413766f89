"""The user's own account: what is used of it, tokens, the way out."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier import lockout, quotas, tokens
from classifier.api.base import PRIVATE, user_of
from classifier.api.examples import ACCOUNT, NEW_TOKEN, TOKEN, answered, asked
from classifier.api.fields import Name, Text
from classifier.api.schema import TOO_MANY_FAILURES
from classifier.records import ApiToken


class UsageSerializer(serializers.Serializer):
    """How much of a limit is used."""

    used = serializers.IntegerField()
    limit = serializers.IntegerField()
    resets_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the count begins anew; null where it follows what there is.",
    )


class QuotaSerializer(serializers.Serializer):
    unfinished = UsageSerializer(help_text="Photographs that wait for their results.")
    uploads_an_hour = UsageSerializer(help_text="Deleted ones, too.")
    stored_images = UsageSerializer()


def _shown(use: quotas.Use, resets_at: datetime.datetime | None = None) -> dict[str, Any]:
    return {"used": use.used, "limit": use.limit, "resets_at": resets_at}


@extend_schema_serializer(examples=[answered("An account", ACCOUNT)])
class AccountSerializer(serializers.ModelSerializer):
    quota = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["username", "email", "date_joined", "is_staff", "quota"]

    def get_quota(self, user: User) -> QuotaSerializer:
        usage = quotas.usage(user)
        return QuotaSerializer(  # type: ignore[return-value]  # for the schema
            {
                "unfinished": _shown(usage.unfinished),
                "uploads_an_hour": _shown(usage.uploads, usage.anew_at),
                "stored_images": _shown(usage.stored),
            }
        ).data


@extend_schema_serializer(examples=[asked("The password", {"password": "a-long-password"})])
class PasswordSerializer(serializers.Serializer):
    password = Text(trim_whitespace=False, write_only=True, style={"input_type": "password"})

    def validate_password(self, password: str) -> str:
        request: Request = self.context["request"]
        # The marks of the lock-out belong on Django's own request, which the middleware sees.
        if not lockout.knows_password(request._request, user_of(request), password):  # noqa: SLF001
            raise serializers.ValidationError(_("This is not your password."))
        return password


@extend_schema_serializer(
    examples=[asked("A name", {"name": "laptop"}), answered("A token", TOKEN)]
)
class TokenSerializer(serializers.ModelSerializer):
    """A token; of the word itself only a digest is kept."""

    name = Name()

    class Meta:
        model = ApiToken
        fields = ["id", "name", "created_at", "last_used_at"]
        read_only_fields = ["created_at", "last_used_at"]


@extend_schema_serializer(examples=[answered("A new token", NEW_TOKEN, 201)])
class NewTokenSerializer(serializers.Serializer):
    """Shown this once."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    token = serializers.CharField(help_text="For `Authorization: Token …`.")


class AccountView(APIView):
    """The account that asks."""

    @extend_schema(responses=AccountSerializer)
    def get(self, request: Request) -> Response:
        """Who that is, and how much of each limit is used."""
        return Response(AccountSerializer(user_of(request)).data)


class LeaveView(APIView):
    """The way out."""

    @extend_schema(
        request=PasswordSerializer,
        responses={
            204: OpenApiResponse(description="The account and all in it is deleted."),
            **TOO_MANY_FAILURES,
        },
    )
    def post(self, request: Request) -> Response:
        """Delete the account with all photographs, results and tokens; needs its password."""
        user = user_of(request)
        given = PasswordSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            user.delete()
        logout(request._request)  # noqa: SLF001  # where it came with a session
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenViewSet(
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The user's own tokens, each for one program."""

    serializer_class = TokenSerializer
    pagination_class = None
    lookup_value_converter = "int"
    queryset = ApiToken.objects.none()  # for the schema

    def get_queryset(self) -> QuerySet[ApiToken]:
        return user_of(self.request).api_tokens.order_by("-created_at", "-id")

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer})
    def create(self, request: Request) -> Response:
        """A new token, under a name; the answer shows it once."""
        named = self.get_serializer(data=request.data)
        named.is_valid(raise_exception=True)
        made, key = tokens.make(user_of(request), named.validated_data["name"])
        answer: dict[str, Any] = {"id": made.pk, "name": made.name, "token": key}
        return Response(answer, status.HTTP_201_CREATED, headers=PRIVATE)
