from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        import skincare.checks  # noqa: F401
        from classifier import archives, checks, files, roles  # noqa: F401  (checks, receivers)

        post_migrate.connect(roles.make_groups, sender=self)
