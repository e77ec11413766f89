"""The previous release goes on running on the database of the new one."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.db import connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from classifier.models import Status
from ml.labels import LABELS
from tests import migration_rules

pytestmark = pytest.mark.django_db

BASELINE = "0007_webhooks"
"""From here on every migration keeps to the rules."""


def names() -> list[str]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return sorted(name for app, name in loader.disk_migrations if app == "classifier")


SINCE = [name for name in names() if name > BASELINE]


def state_before(name: str) -> Any:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return loader.project_state(("classifier", name), at_end=False)


@pytest.mark.parametrize("name", SINCE)
def test_a_migration_takes_nothing_from_the_previous_release(name: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    migration, state = loader.disk_migrations["classifier", name], state_before(name)
    why = []
    for operation in migration.operations:
        why.append(migration_rules.refused(operation, state))
        operation.state_forwards("classifier", state)
    earlier = [other for other in names() if other < name]
    assert not any(why) or migration_rules.says_so(migration, earlier), [*filter(None, why)]


REFUSED: list[tuple[Any, str]] = [
    (migrations.AddField("lesion", "x", models.IntegerField(default=0)), "neither null nor"),
    (migrations.RemoveField("lesion", "name"), "RemoveField"),
    (migrations.RenameField("lesion", "name", "title"), "RenameField"),
    (migrations.DeleteModel("lesion"), "DeleteModel"),
    (migrations.RenameModel("lesion", "spot"), "RenameModel"),
    (migrations.RunSQL("DROP TABLE classifier_lesion"), "RunSQL"),
    (
        migrations.AddConstraint(
            "lesion", models.CheckConstraint(condition=~models.Q(name=""), name="named")
        ),
        "AddConstraint",
    ),
    (migrations.AlterField("lesion", "name", models.CharField(max_length=50)), "takes less"),
    (migrations.AlterField("lesion", "name", models.IntegerField()), "takes less"),
    (migrations.AlterField("lesionimage", "taken_on", models.DateField()), "takes less"),
]
ALLOWED: list[Any] = [
    migrations.AddField("lesion", "x", models.IntegerField(null=True)),
    migrations.AddField("lesion", "x", models.IntegerField(db_default=0)),
    migrations.AddIndex("lesion", models.Index(fields=["name"], name="x")),
    migrations.AlterField("lesion", "name", models.CharField(max_length=200)),
    migrations.AlterField("lesion", "name", models.CharField(max_length=100, help_text="New.")),
]


def test_the_rules_know_what_takes_something_away() -> None:
    state = state_before(SINCE[0])
    for operation, why in REFUSED:
        assert why in migration_rules.refused(operation, state), operation.describe()
    for operation in ALLOWED:
        assert migration_rules.refused(operation, state) == "", operation.describe()


def test_what_goes_names_the_migration_that_stopped_using_it() -> None:
    second = type("Migration", (migrations.Migration,), {"second_step_of": "0007_webhooks"})
    silent = migrations.Migration("0012_x", "classifier")
    assert migration_rules.says_so(second("0012_x", "classifier"), names())
    assert not migration_rules.says_so(second("0012_x", "classifier"), ["0001_initial"])
    assert not migration_rules.says_so(silent, names())


@pytest.mark.parametrize("name", [BASELINE, *SINCE[:-1]])
def test_each_earlier_release_writes_reads_and_deletes_on_todays_database(name: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    old = loader.project_state(("classifier", name)).apps
    tables = [*old.get_app_config("classifier").get_models()]
    assert len(tables) >= 14
    for model in tables:
        row = made(model)
        again = model._base_manager.get(pk=row.pk)
        again.save()
        model._base_manager.filter(pk=row.pk).update(
            **{f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields[1:]}
        )
        assert model._base_manager.filter(pk=row.pk).delete()[0] >= 1
    finish(made(old.get_model("classifier", "Prediction")), made_version(old))


def test_that_would_fail_on_a_column_that_nobody_fills() -> None:
    """What the test before this one finds, shown by such a column."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite adds no column of that kind.")
    loader = MigrationLoader(None, ignore_no_migrations=True)
    model = loader.project_state(("classifier", BASELINE)).apps.get_model("classifier", "Lesion")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE classifier_lesion ADD COLUMN x integer NOT NULL")
    with pytest.raises(Exception, match="null value in column"), transaction.atomic():
        made(model)


def made_version(apps: Any) -> Any:
    return made(apps.get_model("classifier", "ModelVersion"))


def finish(prediction: Any, version: Any) -> None:
    """As the previous release's worker does it."""
    found = type(prediction)._base_manager.filter(pk=prediction.pk)
    assert found.update(
        status=Status.SUCCEEDED,
        finished_at=timezone.now(),
        model_version=version,
        label="nv",
        probability=1 / 7,
        probabilities=dict.fromkeys(LABELS, 1 / 7),
        prior="uniform",
    )


def made(model: Any) -> Any:
    """A row with what that release has to say, and nothing else."""
    said = {}
    for field in model._meta.concrete_fields:
        if field.is_relation and not field.null:
            said[field.name] = made(field.related_model)
        elif not (field.has_default() or field.null or field.blank or field.primary_key):
            said[field.name] = _something(field)
    return model._base_manager.create(**said)


def _something(field: Any) -> Any:
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.IntegerField | models.FloatField):
        return 1
    return secrets.token_hex(16)[: field.max_length]
