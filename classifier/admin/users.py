"""Accounts and roles: Django's own pages, noted in the audit log; a history classified again."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from classifier.accounts import lockout, second_factor
from classifier.admin.base import Audited, staff
from classifier.admin.choose_version import chosen_version
from classifier.models import ModelVersion
from classifier.staff import audit, reruns

admin.site.unregister([Group, User])


@admin.register(Group)
class AuditedGroupAdmin(Audited, GroupAdmin):
    """Whoever changes what a role may do leaves a trace."""


@admin.register(User)
class AuditedUserAdmin(Audited, UserAdmin):
    list_display = ("username", "email", "is_staff", "is_active", "date_joined", "last_login")
    search_help_text = "Name or e-mail address"
    actions = ("rerun_history", "switch_off_second_factor", "unlock")

    def has_rerun_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("classifier.change_prediction")

    @admin.action(
        description="Classify all their photographs again, by a network version",
        permissions=["rerun"],
    )
    def rerun_history(self, request: HttpRequest, selected: QuerySet[User]) -> HttpResponse | None:
        version = chosen_version(request)
        if not isinstance(version, ModelVersion):
            return version
        ordered = [
            reruns.order(version=version, ordered_by=staff(request), owner=owner)
            for owner in selected
        ]
        audit.note(staff(request), audit.Action.RERUN, selected)
        total = sum(rerun.total for rerun in ordered)
        self.message_user(request, f"{total:,} photographs are to be classified by {version}.")
        return None

    @admin.action(
        description="Switch off the second factor: phone and recovery codes are lost",
        permissions=["change"],
    )
    def switch_off_second_factor(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        for user in selected:
            second_factor.switch_off(user)
        audit.note(staff(request), audit.Action.CHANGED, selected)
        self.message_user(request, "The password alone opens these accounts now.")

    @admin.action(description="Let them log in again after failed attempts", permissions=["change"])
    def unlock(self, request: HttpRequest, selected: QuerySet[User]) -> None:
        for user in selected:
            lockout.unlock(user)
        audit.note(staff(request), audit.Action.CHANGED, selected)
        self.message_user(request, "They can try again.")
