"""The admin is entered by the same door as the pages: lock-out and second factor hold for it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache


@never_cache
def enter(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Instead of the admin's own login form."""
    if request.user.is_authenticated:
        if request.user.is_staff:
            return redirect("admin:index")
        raise PermissionDenied
    following = request.GET.get("next") or reverse("admin:index")
    return redirect_to_login(following, reverse("login"))


def change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The same for the password: a wrong old one counts, and a new one ends tokens and sessions."""
    return redirect("password_change")
