"""A user's history of any size, made in the database alone: no files, no network.

A thousand predictions are made by the models and then copied by the database, each with a key and
a moment of its own.
"""

from __future__ import annotations

import datetime
import random
import uuid
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import connection, transaction

from classifier.models import BodySite, LesionImage, ModelVersion, Prediction, Status
from classifier.pagination import Place
from ml.labels import LABELS

BEGIN = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
YEAR = 365 * 86_400  # seconds
ORIGINALS = 1_000
ORIGINAL, COPY = "0" * 64, "1" * 64  # as sha256
REFUSED = {"error_code": "worker_lost", "error_message": "It was interrupted several times."}

# Scattered keys and moments, both by the number n of the copy.
SQL = {
    "sqlite": {
        "numbers": "(WITH RECURSIVE s(n) AS (SELECT {a} UNION ALL SELECT n + 1 FROM s"
        " WHERE n + 1 < {b}) SELECT n FROM s) AS numbers",
        "id": "printf('%08x%024x', (n * 2654435761) % 4294967296, n)",
        "moment": "strftime('%Y-%m-%d %H:%M:%f', {begin} + (n * 7919) % {year}, 'unixepoch')"
        " || '000'",
    },
    "postgresql": {
        "numbers": "generate_series({a}::bigint, {b}::bigint - 1) AS numbers(n)",
        "id": "(lpad(to_hex((n * 2654435761) % 4294967296), 8, '0')"
        " || lpad(to_hex(n), 24, '0'))::uuid",
        "moment": "to_timestamp({begin} + (n * 7919) % {year})",
    },
}


def grow(size: int) -> User:
    """The user `bench`, whose history has that many predictions from now on, over one year."""
    user, _ = User.objects.get_or_create(username="bench")
    if not Prediction.objects.filter(owner=user).exists():
        _make_originals(user)
    there = Prediction.objects.filter(owner=user).count()
    if there < size:
        with transaction.atomic():
            _copy(LesionImage, there, size, sha256=f"'{COPY}'", created_at="{moment}")
            _copy(
                Prediction, there, size, image_id="{id}", created_at="{moment}",
                finished_at="{moment}",
            )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "postgresql" else "SELECT 1")
        cursor.execute("ANALYZE")
    return user


def _copy(model: type[Any], there: int, size: int, **changed: str) -> None:
    """Rows number `there` to `size`, in turn like the originals except for what is changed."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join({"id": "{id}", **changed}.get(name, f"o.{name}") for name in columns)
    originals = (
        f"SELECT row_number() OVER (ORDER BY t.id) - 1 AS k, t.* FROM {table} t"  # noqa: S608
        f" JOIN classifier_lesionimage i ON i.id = t.id WHERE i.sha256 = '{ORIGINAL}'"
    )
    dialect = SQL[connection.vendor]
    query = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM "  # noqa: S608
        f"{dialect['numbers']} JOIN ({originals}) o ON o.k = numbers.n % {ORIGINALS}"
    )
    for name in ("id", "moment"):
        query = query.replace(f"{{{name}}}", dialect[name])
    figures = {"a": there, "b": size, "begin": round(BEGIN.timestamp()), "year": YEAR}
    for name, figure in figures.items():
        query = query.replace(f"{{{name}}}", str(figure))
    with connection.cursor() as cursor:
        cursor.execute(query)


def _make_originals(user: User) -> None:
    """A prediction has its photograph's key."""
    version, _ = ModelVersion.objects.get_or_create(sha256="0" * 64, name="bench", version="1")
    for number in range(ORIGINALS):
        chance = random.Random(number)  # noqa: S311
        image = LesionImage.objects.create(
            owner=user,
            file="images/bench.jpg",
            thumbnail="thumbnails/bench.jpg",
            sha256=ORIGINAL,
            width=600,
            height=450,
            original_name=f"IMG_{chance.randrange(10**6)}.jpg",
            note="Itches." if number == 0 else "A note as people write them.",
            body_site=chance.choice(BodySite.values),
        )
        result = _result(version, chance) if chance.random() < 0.95 else _refusal()
        Prediction.objects.create(pk=image.pk, image=image, owner=user, finished_at=BEGIN, **result)
        moment = BEGIN + datetime.timedelta(seconds=chance.uniform(0, YEAR))
        Prediction.objects.filter(pk=image.pk).update(created_at=moment)


def _result(version: ModelVersion, chance: random.Random) -> dict[str, Any]:
    label = "mel" if chance.random() < 0.05 else "nv"
    rest = 0.1 / (len(LABELS) - 1)
    return {
        "status": Status.SUCCEEDED,
        "model_version": version,
        "label": label,
        "probability": 0.9,
        "probabilities": {name: 0.9 if name == label else rest for name in LABELS},
        "prior": "uniform",
    }


def _refusal() -> dict[str, Any]:
    return {"status": Status.FAILED, **REFUSED}


def deep_cursor() -> str:
    """Of a page in the middle of the year."""
    middle = BEGIN + datetime.timedelta(seconds=YEAR / 2)
    return quote(Place(middle, uuid.UUID(int=0)).encoded())
