"""The token for a name and a password, and for a code where the account has a second factor."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.accounts import lockout, second_factor
from classifier.accounts.second_factor import CodeRefused
from classifier.api.examples import answered, asked
from classifier.api.schema import TOO_MANY_FAILURES


class CodeNeeded(exceptions.APIException):
    """The password was right, and is not enough."""

    status_code = 400
    default_code = "otp_required"
    default_detail = _(
        "This account has a second factor: send its code, or a recovery code, as otp."
    )


@extend_schema_serializer(
    examples=[
        asked("A user", {"username": "alice", "password": "a-long-password"}),
        asked(
            "With a second factor",
            {"username": "alice", "password": "a-long-password", "otp": "123456"},
        ),
    ]
)
class CredentialsSerializer(AuthTokenSerializer):
    """A user's name and password."""

    username = serializers.CharField(write_only=True, max_length=150)
    otp = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=32,
        help_text="Where the account has a second factor: its code, or a recovery code.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        request: HttpRequest = self.context["request"]
        user: User = attrs["user"]
        if second_factor.is_on(user):
            if not attrs.get("otp"):
                raise CodeNeeded
            try:
                second_factor.check(request, user, attrs["otp"])
            except CodeRefused as refused:
                raise serializers.ValidationError({"otp": [str(refused)]}) from refused
        lockout.forget_failures(request, user)
        return attrs


@extend_schema_serializer(examples=[answered("A token", {"token": "9944b09199c62bcf94"})])
class LoginTokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="For `Authorization: Token …`.")


class LoginView(ObtainAuthToken):
    """One token a user, until the password changes; named ones are made under `account/tokens/`."""

    serializer_class = CredentialsSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        # The marks of the lock-out belong on Django's own request, which the middleware sees.
        return {**super().get_serializer_context(), "request": self.request._request}  # noqa: SLF001

    @extend_schema(
        request=CredentialsSerializer, responses={200: LoginTokenSerializer, **TOO_MANY_FAILURES}
    )
    def post(self, request: Request) -> Response:
        """The token for a name and a password, and a code where the account has a second factor."""
        return super().post(request)
