"""The history: a page at a time, filtered and sorted; what can be done with many at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from classifier import history, intake
from classifier.downloads import archives, export
from classifier.models import LesionImage, PredictionQuerySet, Status
from classifier.pagination import Sorted
from classifier.web.requests import AuthenticatedRequest


@login_required
@require_safe
@vary_on_headers("HX-Request")
def predictions(request: AuthenticatedRequest) -> HttpResponse:
    """The user's history, a page at a time."""
    shown, rows, sort = _found(request)
    paginator = Sorted(history.SORTS[sort][1])
    try:
        page = paginator.paginate_queryset(rows, Request(request)) or []
    except NotFound as error:  # a cursor that nobody handed out
        raise Http404 from error
    context: dict[str, Any] = {
        "filter": shown,
        "predictions": page,
        "newer": paginator.get_previous_link(),
        "older": paginator.get_next_link(),
        "unfinished": any(not prediction.is_finished for prediction in page),
        "sorts": [(key, words) for key, (words, _ordering) in history.SORTS.items()],
        "sort": sort,
        "query": _query(request),
    }
    if request.htmx:
        return render(request, "classifier/_history.html", context)
    counts = history.counts(request.user)
    context["counts"] = [(state, state.label, counts[state]) for state in Status]
    context["total"] = counts[""]
    return render(request, "classifier/history.html", context)


def _found(request: AuthenticatedRequest) -> tuple[history.HistoryFilter, PredictionQuerySet, str]:
    """The filter, what it finds, and how that is sorted."""
    shown = history.HistoryFilter(request.GET, history.predictions_of(request.user))
    rows: PredictionQuerySet = shown.qs
    sort = request.GET.get("sort", "")
    sort = sort if sort in history.SORTS else history.NEWEST
    # What is not recognised has no class on the pages.
    if shown.form.cleaned_data.get("label") or sort == "probable":
        rows = rows.recognised()
    if sort == "probable":
        rows = rows.filter(probability__isnull=False)
    return shown, rows, sort


def _query(request: AuthenticatedRequest) -> str:
    """The filter as an address carries it, without the place in the list."""
    query = request.GET.copy()
    query.pop("cursor", None)
    return query.urlencode()


@login_required
@require_safe
def export_csv(request: AuthenticatedRequest) -> HttpResponseBase:
    """All that the filter finds, as a table for spreadsheets."""
    return _table(_found(request)[1])


@login_required
@require_POST
def archive_found(request: AuthenticatedRequest) -> HttpResponse:
    """All that the filter finds, as a zip that is built in the background."""
    return _ordered(request, _found(request)[1])


@login_required
@require_POST
def selected(request: AuthenticatedRequest) -> HttpResponseBase:
    """What was chosen: to be deleted (asked first), exported or packed."""
    chosen = _chosen(request)
    if not chosen.exists():
        messages.error(request, _("Choose at least one photograph."))
        return redirect("history")
    action = request.POST.get("action")
    if action == "csv":
        return _table(chosen)
    if action == "zip":
        return _ordered(request, chosen)
    return render(request, "classifier/confirm_delete_many.html", {"predictions": chosen})


@login_required
@require_POST
def delete_selected(request: AuthenticatedRequest) -> HttpResponse:
    """Each photograph goes with its files and all its predictions."""
    deleted = 0
    for prediction in _chosen(request):
        with suppress(LesionImage.DoesNotExist):  # of the same photograph as one before
            intake.withdraw(prediction)
            deleted += 1
    sentence = ngettext("%(n)s photograph is deleted.", "%(n)s photographs are deleted.", deleted)
    messages.success(request, sentence % {"n": deleted})
    return redirect("history")


def _chosen(request: AuthenticatedRequest) -> PredictionQuerySet:
    ids = []
    for text in request.POST.getlist("chosen"):
        with suppress(ValueError):
            ids.append(UUID(text))
    return history.predictions_of(request.user).filter(pk__in=ids)


def _table(rows: PredictionQuerySet) -> StreamingHttpResponse:
    day = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        export.in_blocks(export.csv_lines(rows)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="skincare-{day}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def _ordered(request: AuthenticatedRequest, rows: PredictionQuerySet) -> HttpResponse:
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    return redirect("archive", pk=archives.order(request.user, ids).pk)
