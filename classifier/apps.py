from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        from classifier import archives, checks, failed_logins, files, roles, wake_ups  # noqa: F401

        post_migrate.connect(roles.make_groups, sender=self)
