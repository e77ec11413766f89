"""The user's own account: what is used of it, tokens, the way out."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classifier import quotas
from classifier.accounts import lockout, tokens
from classifier.api.base import PRIVATE, user_of
from classifier.api.examples import ACCOUNT, NEW_TOKEN, TOKEN, answered, asked
from classifier.api.fields import Name, Text
from classifier.api.schema import TOO_MANY_FAILURES
from classifier.privacy import leaving, retention
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


class RetentionSerializer(serializers.Serializer):
    """How long photographs are kept from their upload; the shorter of the two counts."""

    days = serializers.IntegerField(allow_null=True, help_text="The user's own choice, if any.")
    counts_from = serializers.DateTimeField(
        allow_null=True, help_text="When that begins to count: a day after it was made."
    )
    installation_days = serializers.IntegerField(
        allow_null=True, help_text="null: until they are deleted."
    )


@extend_schema_serializer(examples=[asked("Three months", {"retention_days": 90})])
class ChoiceSerializer(serializers.Serializer):
    retention_days = serializers.IntegerField(
        min_value=1,
        max_value=retention.LONGEST,
        allow_null=True,
        help_text="null: as long as the installation keeps them.",
    )

    def validate_retention_days(self, days: int | None) -> int | None:
        if days is not None and days > retention.longest():
            sentence = _("Photographs are kept for at most %(days)s days here.")
            raise serializers.ValidationError(sentence % {"days": retention.longest()})
        return days


def _shown(use: quotas.Use, resets_at: datetime.datetime | None = None) -> dict[str, Any]:
    return {"used": use.used, "limit": use.limit, "resets_at": resets_at}


@extend_schema_serializer(examples=[answered("An account", ACCOUNT)])
class AccountSerializer(serializers.ModelSerializer):
    quota = serializers.SerializerMethodField()
    retention = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["username", "email", "date_joined", "is_staff", "quota", "retention"]

    def get_retention(self, user: User) -> RetentionSerializer:
        choice = retention.choice_of(user)
        return RetentionSerializer(  # type: ignore[return-value]  # for the schema
            {
                "days": choice.days if choice else None,
                "counts_from": choice.chosen_at + retention.DAY if choice else None,
                "installation_days": settings.RETENTION_DAYS or None,
            }
        ).data

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

    @extend_schema(request=ChoiceSerializer, responses=AccountSerializer)
    def patch(self, request: Request) -> Response:
        """Choose how long photographs are kept. It counts from a day later on."""
        chosen = ChoiceSerializer(data=request.data, partial=True)
        chosen.is_valid(raise_exception=True)
        if "retention_days" in chosen.validated_data:
            retention.choose(user_of(request), chosen.validated_data["retention_days"])
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
        leaving.delete_account(user)
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
