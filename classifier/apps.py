from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        import skincare.checks  # noqa: F401
        from classifier import (  # noqa: F401  (checks, receivers)
            archives,
            checks,
            failed_logins,
            files,
            leaving,
            lockout,
            roles,
            sessions,
            wake_ups,
        )

        post_migrate.connect(roles.make_groups, sender=self)
