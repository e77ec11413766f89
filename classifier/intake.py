"""What a user hands in: a photograph to classify, or a wish to classify one again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TypedDict, Unpack

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifier import imaging, queue, quotas
from classifier.files import delete_files
from classifier.idempotency import IdempotentRequest, Key, KeyTaken
from classifier.metrics import measures
from classifier.models import LesionImage, Prediction
from classifier.quotas import QuotaExceeded
from ml.photographs import InvalidPhotograph


def refuse_future(date: datetime.date) -> None:
    """The forms' and the API's validator for the day on which a photograph was taken."""
    if date > timezone.localdate():
        raise ValidationError(_("The date lies in the future."))


class Details(TypedDict, total=False):
    """What a user may say of a photograph."""

    note: str
    body_site: str
    taken_on: datetime.date | None


@contextmanager
def _refusals_counted() -> Iterator[None]:
    try:
        yield
    except (InvalidPhotograph, QuotaExceeded) as refusal:
        measures.REFUSALS.add(refusal.code)
        raise


@_refusals_counted()
def submit(
    *, owner: User, file: UploadedFile, key: Key | None = None, **details: Unpack[Details]
) -> Prediction:
    """Store one photograph and queue its prediction; both or, on any error, neither.

    Raises `InvalidPhotograph` or `QuotaExceeded`, with a sentence for the user, or `KeyTaken`.
    """
    quotas.refuse_early(owner)
    photograph = imaging.normalise(file)
    image = LesionImage(
        owner=owner,
        sha256=photograph.sha256,
        width=photograph.width,
        height=photograph.height,
        original_name=shown_name(file.name),
        **details,
    )
    try:
        # Files first: the transaction, and with it SQLite's one write lock, stays short.
        image.file.save("", ContentFile(photograph.jpeg), save=False)
        image.thumbnail.save("", ContentFile(photograph.thumbnail), save=False)
        with transaction.atomic():
            request = key.take() if key else None
            quotas.take_upload(owner)
            image.save(force_insert=True)
            prediction = queue.enqueue(image)
            if request:
                request.belong_to(prediction)
            transaction.on_commit(measures.UPLOADS.add)
            return prediction
    except BaseException:
        delete_files(image)
        raise


def submit_once(*, key: Key, file: UploadedFile, **details: Unpack[Details]) -> IdempotentRequest:
    """Like `submit`, unless the key has done so already: then what it did.

    Raises `OtherRequest`, too.
    """
    if earlier := key.earlier():
        return earlier
    try:
        submit(owner=key.owner, file=file, key=key, **details)
    except (KeyTaken, QuotaExceeded):  # a request at the same time took the key, and the last place
        if key.earlier() is None:
            raise
    done = key.earlier()
    if done is None:  # its photograph is deleted already
        raise KeyTaken
    return done


@_refusals_counted()
def retry(prediction: Prediction) -> Prediction:
    """A new prediction of the same photograph.

    Raises `QuotaExceeded`, `queue.UnfinishedPrediction`, or `LesionImage.DoesNotExist` when it was
    just deleted.
    """
    with transaction.atomic():
        quotas.take_retry(prediction.owner)
        return queue.enqueue(_locked(prediction))


def annotate(
    image: LesionImage, *, note: str, body_site: str, taken_on: datetime.date | None
) -> None:
    """Say something else of a stored photograph."""
    image.note, image.body_site, image.taken_on = note, body_site, taken_on
    image.save(update_fields=["note", "body_site", "taken_on"])


def withdraw(prediction: Prediction) -> None:
    """Delete the photograph with its files and all its predictions.

    Raises `LesionImage.DoesNotExist` when somebody else just did.
    """
    delete_photograph(LesionImage.objects.filter(pk=prediction.image_id))


@transaction.atomic
def delete_photograph(chosen: QuerySet[LesionImage]) -> None:
    """The one photograph that is chosen, with its files and everything said about it.

    Raises `LesionImage.DoesNotExist` when it is no longer to be chosen.
    """
    chosen.select_for_update(of=("self",)).get().delete()


def _locked(prediction: Prediction) -> LesionImage:
    """The photograph, until the transaction's end ours alone to retry or delete."""
    return LesionImage.objects.select_for_update().get(pk=prediction.image_id)


def shown_name(name: str | None) -> str:
    """The last part of the uploaded name, printable, at most as long as its column."""
    printable = "".join(c for c in PurePath(name or "").name if c.isprintable())
    return printable[-255:] or "photograph"
