from __future__ import annotations

from tests.deployment.settings_table import documented, read


def test_the_table_names_every_setting_that_is_read() -> None:
    assert read() - documented() == set()


def test_the_table_names_no_setting_that_nobody_reads() -> None:
    assert documented() - read() == set()


def test_the_settings_are_found() -> None:
    """A few of each kind, so that the two tests above cannot pass by finding nothing."""
    some = {"QUEUE_BATCH", "HTTPS", "WEB_THREADS", "S3_BUCKET", "DATABASE_URL", "LOG_LEVEL", "PORT"}
    assert some <= read()
    assert some <= documented()
