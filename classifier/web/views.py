"""The pages: parse, call one function of the core, show."""

from __future__ import annotations

import logging
from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import model_to_dict
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier import history, intake, queue, waiting
from classifier.models import LesionImage, Prediction, Status
from classifier.privacy import retention
from classifier.quotas import QuotaExceeded
from classifier.sentences import translated
from classifier.web.forms import DetailsForm, UploadForm
from classifier.web.lesion_pages import LesionForm
from classifier.web.requests import AuthenticatedRequest
from classifier.web.result import result
from ml.photographs import InvalidPhotograph

logger = logging.getLogger(__name__)


def _own_prediction(request: AuthenticatedRequest, pk: UUID) -> Prediction:
    return get_object_or_404(history.predictions_of(request.user), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: AuthenticatedRequest) -> HttpResponse:
    """Hand in photographs; the refused ones are named with the reason, the others go on."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if not form.is_valid():
        days = own.days if (own := retention.choice_of(request.user)) else settings.RETENTION_DAYS
        return render(request, "classifier/upload.html", {"form": form, "kept_days": days})

    fields = form.cleaned_data
    files = fields.pop("images")
    accepted = []
    for i, file in enumerate(files):
        try:
            accepted.append(intake.submit(owner=request.user, file=file, **fields))
        except QuotaExceeded as error:  # then the other files are over it, too
            messages.error(request, f"{error} {_not_sent(len(files) - i)}")
            break
        except InvalidPhotograph as error:
            messages.error(request, f"{intake.shown_name(file.name)}: {translated(str(error))}")
        except Exception:  # our fault, and no reason to lose the other files
            logger.exception("A photograph could not be stored.")
            sentence = _("It could not be stored. This is our fault; please try again later.")
            messages.error(request, f"{intake.shown_name(file.name)}: {sentence}")
    if not accepted:
        return redirect("upload")
    if len(accepted) == 1:
        return redirect("prediction", pk=accepted[0].pk)
    sentence = ngettext(
        "%(n)s photograph is being classified.",
        "%(n)s photographs are being classified.",
        len(accepted),
    )
    messages.success(request, sentence % {"n": len(accepted)})
    return redirect("history")


def _not_sent(n: int) -> str:
    sentence = ngettext(
        "%(n)s photograph was not uploaded.", "%(n)s photographs were not uploaded.", n
    )
    return sentence % {"n": n}


@login_required
@require_safe
@vary_on_headers("HX-Request")  # else "back" could show the fragment as the page
def prediction(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """One prediction; asked by htmx, only the part of the page that changes by itself."""
    template = "classifier/_result.html" if request.htmx else "classifier/prediction.html"
    shown = _own_prediction(request, pk)
    waiting.note_places([shown])
    context = {
        "prediction": shown,
        "wait": waiting.in_words(shown.estimated_wait_seconds),
        "kept_until": retention.kept_until(shown.image, retention.choice_of(request.user)),
        "nobody_works": not shown.is_finished and waiting.nobody_works(),
        "details_form": DetailsForm(initial=model_to_dict(shown.image)),
        "lesion_form": LesionForm(request.user, initial={"lesion": shown.image.lesion_id}),
        **result(shown, request.GET.get("heatmap", "")),
    }
    return render(request, template, context)


@login_required
@require_safe
def pdf_report(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """A result on one page, to download; 404 where there is none."""
    from classifier.web import report  # 30 MB of fonts' tools that most processes never need

    shown = get_object_or_404(
        history.predictions_of(request.user).filter(status=Status.SUCCEEDED), pk=pk
    )
    try:
        content = report.report(shown)
    except (FileNotFoundError, InvalidPhotograph) as error:
        logger.error("%s: its stored photograph cannot be opened.", shown)
        raise Http404 from error
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="skincare-{str(pk)[:8]}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """Ask first; then the photograph goes with its files and all its predictions."""
    prediction = _own_prediction(request, pk)
    if request.method != "POST":
        count = prediction.image.predictions.count()
        context = {"prediction": prediction, "count": count}
        return render(request, "classifier/confirm_delete.html", context)
    with suppress(LesionImage.DoesNotExist):  # somebody else was quicker
        intake.withdraw(prediction)
    messages.success(request, _("The photograph and everything said about it is deleted."))
    return redirect("history")


@login_required
@require_POST
def annotate(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """Change what was said of the photograph when it was uploaded."""
    prediction = _own_prediction(request, pk)
    form = DetailsForm(request.POST)
    if form.is_valid():
        intake.annotate(prediction.image, **form.cleaned_data)
        messages.success(request, _("It is saved."))
    for errors in form.errors.values():
        messages.error(request, str(errors[0]))
    return redirect("prediction", pk=pk)


@login_required
@require_POST
def retry(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """Classify the same photograph again, as a new prediction."""
    prediction = _own_prediction(request, pk)
    try:
        return redirect("prediction", pk=intake.retry(prediction).pk)
    except queue.UnfinishedPrediction:
        messages.error(request, _("This photograph is already being classified."))
        return redirect("prediction", pk=pk)
    except QuotaExceeded as error:
        messages.error(request, str(error))
        return redirect("prediction", pk=pk)
    except LesionImage.DoesNotExist as error:
        raise Http404 from error
