"""`Authorization: Token …` takes the tokens of the account page and those of `auth/token/`."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from drf_spectacular.authentication import TokenScheme
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from classifier.accounts import tokens


class ApiTokenAuthentication(TokenAuthentication):
    def authenticate_credentials(self, key: str) -> tuple[User, object]:
        if not key.startswith(tokens.PREFIX):
            return super().authenticate_credentials(key)
        owner = tokens.owner_of(key)
        if owner is None:
            raise AuthenticationFailed(_("Invalid token."))
        return owner, None


class ApiTokenScheme(TokenScheme):  # type: ignore[no-untyped-call]
    """For the API's description: the same header."""

    target_class = "classifier.api.authentication.ApiTokenAuthentication"
    priority = 1
