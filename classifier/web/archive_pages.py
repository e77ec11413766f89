"""An archive: how far it is, then the download."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier import history
from classifier.downloads import archives, stored
from classifier.records import Archive, archive_path
from classifier.web.requests import AuthenticatedRequest


def _own(request: AuthenticatedRequest, pk: UUID) -> Archive:
    return get_object_or_404(Archive, pk=pk, owner=request.user)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def archive(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    shown = _own(request, pk)
    template = "classifier/_archive.html" if request.htmx else "classifier/archive.html"
    context = {"archive": shown, "gone_at": shown.created_at + archives.LIFETIME}
    return render(request, template, context)


@login_required
@require_safe
def download(request: AuthenticatedRequest, pk: UUID) -> HttpResponse | FileResponse:
    shown = _own(request, pk)
    if not shown.is_ready:
        raise Http404
    try:
        return stored.answer(archive_path(shown), archives.headers(shown))
    except FileNotFoundError as error:
        raise Http404 from error


@login_required
@require_POST
def everything(request: AuthenticatedRequest) -> HttpResponse:
    """All that the user has here."""
    ids = history.predictions_of(request.user).values_list("pk", flat=True)
    made = archives.order(request.user, [str(pk) for pk in ids], everything=True)
    return redirect("archive", pk=made.pk)
