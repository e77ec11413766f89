"""Where on the body a lesion sits."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BodySite(models.TextChoices):
    """HAM10000's own terms."""

    ABDOMEN = "abdomen", _("Abdomen")
    ACRAL = "acral", _("Acral (palm or sole)")
    BACK = "back", _("Back")
    CHEST = "chest", _("Chest")
    EAR = "ear", _("Ear")
    FACE = "face", _("Face")
    FOOT = "foot", _("Foot")
    GENITAL = "genital", _("Genital area")
    HAND = "hand", _("Hand")
    LOWER_EXTREMITY = "lower extremity", _("Lower extremity (leg)")
    NECK = "neck", _("Neck")
    SCALP = "scalp", _("Scalp")
    TRUNK = "trunk", _("Trunk")
    UPPER_EXTREMITY = "upper extremity", _("Upper extremity (arm)")
