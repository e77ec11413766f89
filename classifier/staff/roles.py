"""Who of the staff may do what: two groups, made when the database is migrated.

Reviewers look at photographs and results and record diagnoses. Managers may do everything with
them: run again, export, delete, switch networks, read the audit log. Both need "staff status",
too. Making accounts, and members of these groups, is left to superusers.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet

REVIEWER: Final = "reviewer"
MANAGER: Final = "manager"
_SEEN_BY_REVIEWERS = (
    "view_lesionimage",
    "view_prediction",
    "view_modelversion",
    "view_worker",
    "view_diagnosis",
    "add_diagnosis",
    "change_diagnosis",
)


def make_groups(**_: Any) -> None:
    """After each migration: what a group lacks is added, what an operator added stays."""
    ours = Permission.objects.filter(content_type__app_label="classifier")
    users = Permission.objects.filter(content_type__app_label="auth", codename="view_user")
    _grant(REVIEWER, ours.filter(codename__in=_SEEN_BY_REVIEWERS))
    _grant(MANAGER, ours | users)


def _grant(name: str, permissions: QuerySet[Permission]) -> None:
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.add(*permissions)


def may_look(user: User) -> bool:
    """At photographs and results of others, and at the service's figures."""
    return user.is_staff and user.has_perm("classifier.view_lesionimage")


def may_diagnose(user: User) -> bool:
    return may_look(user) and user.has_perm("classifier.add_diagnosis")


def may_take_back(user: User) -> bool:
    """A diagnosis: only managers."""
    return may_look(user) and user.has_perm("classifier.delete_diagnosis")
