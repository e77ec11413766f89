"""Fields that are stricter than DRF's."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers


class Text(serializers.CharField):
    """A text; DRF's own makes one of numbers, too."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Name(Text):
    """A text in which there is something to read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100, validators=[RegexValidator(r"\S")], **options)


class Switch(serializers.BooleanField):
    """True or false; DRF's own takes 0, "off" and more."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
