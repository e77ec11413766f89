"""Reviewers look and diagnose, managers do everything, other staff nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from classifier.models import (
    AuditEntry,
    Diagnosis,
    LesionImage,
    ModelVersion,
    Prediction,
    Quota,
    Status,
)
from classifier.staff import roles
from tests.classifier.conftest import browser
from tests.classifier.test_admin import url
from tests.factories import UserFactory, prediction_in

SEEN = {
    "nobody in particular": set(),
    roles.REVIEWER: {LesionImage, Prediction, ModelVersion, Diagnosis},
    roles.MANAGER: {LesionImage, Prediction, ModelVersion, Diagnosis, Quota, AuditEntry, User},
}
ALL = SEEN[roles.MANAGER] | {Group}
ACTIONS = {"retry", "rerun", "recover", "mark_failed", "export_csv"}


def member(role: str) -> User:
    """A member of the staff in that group, if it is one."""
    user = UserFactory(is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return user


@pytest.fixture(params=list(SEEN))
def role(request: pytest.FixtureRequest, db: None) -> str:
    chosen: str = request.param
    return chosen


def test_lists_are_seen_by_whom_they_concern(role: str) -> None:
    visitor = browser(member(role))
    for model in ALL:
        expected = 200 if model in SEEN[role] else 403
        assert visitor.get(url(model, "changelist")).status_code == expected, model


def test_photographs_of_others_are_seen_by_both_roles_alone(role: str, media: Path) -> None:
    prediction = prediction_in(Status.SUCCEEDED)
    visitor = browser(member(role))
    for file in ("image", "thumbnail"):
        answer = visitor.get(reverse(f"api:prediction-{file}", args=[prediction.pk]))
        assert answer.status_code == (200 if SEEN[role] else 404)
        b"".join(answer)


def test_the_pages_for_the_staff_are_for_both_roles_alone(role: str) -> None:
    visitor = browser(member(role))
    for name in ("review", "dashboard"):
        assert visitor.get(reverse(name)).status_code == (200 if SEEN[role] else 403)
    links = visitor.get(reverse("account")).content.decode()
    assert ('href="/dashboard/"' in links) == bool(SEEN[role])


@pytest.mark.parametrize("name", ["review", "dashboard"])
def test_ordinary_users_and_nobody_see_no_page_of_the_staff(
    name: str, alice_browser: Client, client: Client
) -> None:
    assert alice_browser.get(reverse(name)).status_code == 403
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_group_alone_does_not_make_a_member_of_the_staff(alice: User, media: Path) -> None:
    alice.groups.set(Group.objects.filter(name=roles.MANAGER))
    prediction = prediction_in(Status.SUCCEEDED)
    path = reverse("api:prediction-image", args=[prediction.pk])
    assert browser(alice).get(path).status_code == 404
    assert browser(alice).get(reverse("dashboard")).status_code == 403


def test_only_managers_are_offered_and_allowed_the_actions(role: str, media: Path) -> None:
    failed = prediction_in(Status.FAILED)
    visitor = browser(member(role))
    listed = visitor.get(url(Prediction, "changelist"))
    if SEEN[role]:
        offered = {name for name, _ in listed.context["cl"].model_admin.get_action_choices(
            listed.wsgi_request
        )} - {""}  # fmt: skip
        assert offered == (ACTIONS if role == roles.MANAGER else set())
    form = {"action": "retry", "_selected_action": [str(failed.pk)]}
    visitor.post(url(Prediction, "changelist"), form)
    queued = Prediction.objects.queued().count()
    assert queued == (1 if role == roles.MANAGER else 0)


def test_only_managers_delete(role: str, media: Path) -> None:
    image = prediction_in(Status.SUCCEEDED).image
    browser(member(role)).post(url(LesionImage, "delete", image.pk), {"post": "yes"})
    assert LesionImage.objects.exists() == (role != roles.MANAGER)


def test_no_role_makes_accounts_or_roles(role: str, alice: User) -> None:
    visitor = browser(member(role))
    assert visitor.get(url(User, "add")).status_code == 403
    visitor.post(url(User, "change", alice.pk), {"is_superuser": "on"})
    alice.refresh_from_db()
    assert not alice.is_superuser


def test_what_an_operator_adds_to_a_group_stays(db: None) -> None:
    reviewers = Group.objects.get(name=roles.REVIEWER)
    more = Group.objects.get(name=roles.MANAGER).permissions.get(codename="delete_diagnosis")
    reviewers.permissions.add(more)
    reviewers.permissions.remove(reviewers.permissions.get(codename="add_diagnosis"))
    roles.make_groups()
    names = set(reviewers.permissions.values_list("codename", flat=True))
    assert {"delete_diagnosis", "add_diagnosis"} <= names
