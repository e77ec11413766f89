"""Where one is logged in, ended from the account page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from classifier.accounts import sessions
from classifier.web.requests import AuthenticatedRequest


@login_required
@require_POST
def end_session(request: AuthenticatedRequest, handle: str) -> HttpResponse:
    if not sessions.end(request.user, handle):
        raise Http404
    messages.success(request, _("The session is ended."))
    return redirect("account")


@login_required
@require_POST
def end_other_sessions(request: AuthenticatedRequest) -> HttpResponse:
    sessions.end_others(request.user, request.session)
    messages.success(request, _("All other sessions are ended."))
    return redirect("account")
