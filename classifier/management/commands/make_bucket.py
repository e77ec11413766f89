"""`manage.py make_bucket`: the bucket that the settings name, where the store has none yet."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from skincare.object_storage import ObjectStorage


class Command(BaseCommand):
    help = "Make the bucket that S3_BUCKET names, private, unless it is there"

    def handle(self, *args: Any, **options: Any) -> None:
        if not isinstance(default_storage, ObjectStorage):
            raise CommandError("S3_BUCKET names no bucket.")
        try:
            made = default_storage.make_bucket()
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"The object store does not make the bucket: {error}") from error
        self.stdout.write("The bucket is made." if made else "The bucket is there.")
