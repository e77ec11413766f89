from django.apps import AppConfig


class ClassifierConfig(AppConfig):
    name = "classifier"
    verbose_name = "Classification"

    def ready(self) -> None:
        from classifier import archives, checks, files  # noqa: F401  (checks, receivers)
