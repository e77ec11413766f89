"""Pages for some of the staff alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from classifier.web.requests import AuthenticatedRequest

View = Callable[..., HttpResponse]


def only_for(allowed: Callable[[User], bool]) -> Callable[[View], View]:
    """Whoever is not logged in is asked to; whoever may not is told so (403).

    To them an object of somebody else is not there (404).
    """

    def decorate(view: View) -> View:
        @login_required
        def guarded(request: AuthenticatedRequest, **kwargs: Any) -> HttpResponse:
            if not allowed(request.user):
                raise Http404 if kwargs else PermissionDenied
            return view(request, **kwargs)

        return guarded

    return decorate
