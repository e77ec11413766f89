"""The token for a name and a password."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.examples import answered, asked


@extend_schema_serializer(
    examples=[asked("A user", {"username": "alice", "password": "a-long-password"})]
)
class CredentialsSerializer(AuthTokenSerializer):
    """A user's name and password."""


@extend_schema_serializer(examples=[answered("A token", {"token": "9944b09199c62bcf94"})])
class LoginTokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="For `Authorization: Token …`.")


class LoginView(ObtainAuthToken):
    """One token a user, until the password changes; named ones are made under `account/tokens/`."""

    serializer_class = CredentialsSerializer

    @extend_schema(request=CredentialsSerializer, responses=LoginTokenSerializer)
    def post(self, request: Request) -> Response:
        """The token for a name and a password."""
        return super().post(request)
