"""The seven classes in words for people: what each is, in a sentence and in a paragraph."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ml.labels import LABELS, MALIGNANT

Text = str | Promise


class Description(NamedTuple):
    name: Text
    sentence: Text
    """What it is, beside a bar."""
    more: Text
    """What a reader of the guide wants to know on top."""


GUIDE: dict[str, Description] = {
    "akiec": Description(
        _("Actinic keratosis or intraepithelial carcinoma"),
        _("Rough, scaly skin damaged by the sun; a preliminary stage of skin cancer."),
        _(
            "Common on the face, the scalp and the backs of the hands. It can turn into a squamous "
            "cell carcinoma, and is usually easy to treat while it has not."
        ),
    ),
    "bcc": Description(
        _("Basal cell carcinoma"),
        _("The commonest skin cancer: it grows slowly and hardly ever spreads, but has to go."),
        _(
            "Often a pearly bump, a sore that does not heal or a scar-like patch on skin that sees "
            "much sun. Left alone it destroys the tissue around it."
        ),
    ),
    "bkl": Description(
        _("Benign keratosis-like lesion"),
        _("A harmless thickening of the skin, such as an age wart or a sun spot."),
        _(
            "Seborrhoeic keratoses, solar lentigines and lichen-planus-like keratoses. Some look "
            "much like a melanoma, even to a physician."
        ),
    ),
    "df": Description(
        _("Dermatofibroma"),
        _("A harmless, firm little nodule of fibrous tissue, often on the legs."),
        _("It often follows a small injury or an insect bite, and dimples when it is pinched."),
    ),
    "mel": Description(
        _("Melanoma"),
        _("The most dangerous skin cancer; found early, it can be cured by cutting it out."),
        _(
            "It can arise from a mole or on unchanged skin. A spot that changes, looks unlike all "
            "others, or itches or bleeds should be seen by a physician soon."
        ),
    ),
    "nv": Description(
        _("Melanocytic nevus"),
        _("An ordinary mole: a harmless cluster of pigment cells."),
        _(
            "Most people have several dozen. Many moles, or unusual ones, raise the risk of a "
            "melanoma."
        ),
    ),
    "vasc": Description(
        _("Vascular lesion"),
        _("A harmless growth or widening of small blood vessels, red to purple."),
        _("Cherry angiomas, angiokeratomas, pyogenic granulomas and small bleedings."),
    ),
}
NAMES: dict[str, Text] = {label: GUIDE[label].name for label in LABELS}
CHOICES = list(NAMES.items())


def is_malignant(label: str) -> bool:
    """Malignant or pre-malignant."""
    return label in MALIGNANT
