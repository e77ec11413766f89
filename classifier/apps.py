from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        import skincare.checks  # noqa: F401

        # Checks and receivers
        from classifier import checks, files  # noqa: F401
        from classifier.accounts import failed_logins, lockout, sessions  # noqa: F401
        from classifier.downloads import archives  # noqa: F401
        from classifier.privacy import leaving  # noqa: F401
        from classifier.staff import roles
        from classifier.worker import wake_ups  # noqa: F401

        post_migrate.connect(roles.make_groups, sender=self)
