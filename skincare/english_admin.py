"""The admin speaks English to everybody: half translated it would be in two languages at once."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import translation


class EnglishAdmin:
    """After `LocaleMiddleware`, whose choice it replaces there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(reverse("admin:index")):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
        return self.get_response(request)
