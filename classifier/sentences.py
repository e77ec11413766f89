"""Sentences that are written in English where no reader is known, shown in the reader's language.

They come from `ml`, which knows no Django, and from worker and courier, which store them in the
record.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

KNOWN = (
    _("It did not answer in time."),
    _("No connection could be made, or it broke."),
    _("Its certificate is not trusted."),
    _("It redirects, which is not followed."),
    _("It answered {}."),
    _("The message could not be made."),
    _("The host's name is not known."),
    _("This address does not belong to the public internet."),
    _("The port must be 80, 443, or at least 1024."),
    _("No delivery arrived for three days."),
    _("Switched off by the staff of this service."),
    _("Your password was changed. Switch it on again if it is yours."),
    _("There is no such file."),
    _("The file is not a JPEG, PNG or HEIC photograph."),
    _("The file is empty."),
    _("The file has {} MB; at most {} MB are allowed."),
    _("The photograph has more than {} megapixels, which is the limit."),
    _("The photograph is {} × {} pixels; each side needs at least {}."),
    _("The photograph is {} × {} pixels; no side may be longer than {}."),
    _("A progressive JPEG may have at most {} megapixels. Please save it as a baseline JPEG."),
    _("The file has more parts than a photograph needs. Please save it again as a JPEG."),
    _("The file is an animation, not one photograph."),
    _("The photograph is damaged or incomplete and cannot be read."),
    _("The stored photograph can no longer be read. Please upload it again."),
    _("The stored photograph cannot be opened."),
    _("The classification failed. Please try again."),
    _("The network could not be loaded."),
    _("The classification was given up. Please try again."),
    _("The classification was interrupted several times. Please try again later."),
    _("The photograph looks blurred: a sharper one may be classified better."),
    _("The photograph is very dark: a better lit one may be classified better."),
    _("The photograph is overexposed: one with less light may be classified better."),
    _("This does not look like a dermatoscopic photograph of a skin lesion."),
)
_PATTERNS = [(re.compile(re.escape(text).replace(r"\{\}", r"([\d.,]+)")), text) for text in KNOWN]


def translated(sentence: str) -> str:
    """The sentence in the reader's language; as it is where it is none of ours."""
    for pattern, text in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return gettext(text).format(*found.groups())
    return sentence
