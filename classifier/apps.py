from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        from classifier import (  # noqa: F401  (checks, receivers)
            archives,
            checks,
            files,
            lockout,
            roles,
            sessions,
        )

        post_migrate.connect(roles.make_groups, sender=self)
