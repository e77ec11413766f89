from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        from classifier import archives, checks, files, leaving, roles  # noqa: F401  (receivers)

        post_migrate.connect(roles.make_groups, sender=self)
