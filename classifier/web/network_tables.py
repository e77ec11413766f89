"""A network's card as tables: what is shown, in the reader's words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import class_guide
from classifier.body_sites import BodySite
from classifier.class_guide import Text
from classifier.models import Diagnosis
from classifier.networks.operating_points import operating_points
from classifier.templatetags.percent import percent

Card = dict[str, Any]

FIGURES = {
    "accuracy": gettext_lazy("Accuracy"),
    "balanced_accuracy": gettext_lazy("Balanced accuracy (mean recall of the seven classes)"),
    "macro_auc": gettext_lazy("AUC, mean over the seven classes"),
    "malignant_auc": gettext_lazy("AUC, malignant or pre-malignant against benign"),
    "ece_uniform_prior": gettext_lazy("Calibration error, all classes equally frequent"),
    "ece_ham10000_prior": gettext_lazy("Calibration error, classes as frequent as in HAM10000"),
    "refused": gettext_lazy("Share refused as unlike the training photographs"),
}
# The words of `ml.subgroups` and of HAM10000.
GROUPS: dict[str, Text] = {
    **dict(BodySite.choices),
    **dict(Diagnosis.Method.choices),
    "sex": gettext_lazy("sex"),
    "female": gettext_lazy("female"),
    "male": gettext_lazy("male"),
    "age": gettext_lazy("age"),
    "75 and over": gettext_lazy("75 and over"),
    "body site": gettext_lazy("body site"),
    "diagnosis confirmed by": gettext_lazy("diagnosis confirmed by"),
    "photographs of its lesion": gettext_lazy("photographs of its lesion"),
    "one": gettext_lazy("one"),
    "several": gettext_lazy("several"),
    "unknown": gettext_lazy("unknown"),
}


@dataclass(frozen=True)
class Table:
    """The first cell of a row names it; a table without rows is not shown."""

    head: list[Text]
    rows: list[list[Text]]

    def __bool__(self) -> bool:
        return bool(self.rows)


def figures(card: Card) -> Table:
    """Each figure that the card has, with its 95 % interval where it has one."""
    metrics = card.get("metrics", {})
    intervals = metrics.get("intervals", {})
    return Table(
        [_("Figure"), _("Value"), _("95-percent interval")],
        [
            [words, _decimal(metrics[name]), " – ".join(map(_decimal, intervals.get(name, ())))]
            for name, words in FIGURES.items()
            if name in metrics
        ],
    )


def classes(card: Card) -> Table:
    """Of each class what is known: its recall, its share in training."""
    shares = card.get("training_prior", {})
    recalls = card.get("metrics", {}).get("recall", {})
    return Table(
        [_("Class"), _("Found (recall)"), _("Share in training")],
        [
            [name, _share(recalls.get(label), decimals=0), _share(shares.get(label))]
            for label, name in class_guide.NAMES.items()
            if label in shares or label in recalls
        ],
    )


def subgroups(card: Card) -> Table:
    """How good the network is for whom."""
    return Table(
        [_("Group"), _("Photographs"), _("Melanomas"), _("Accuracy"), _("AUC, malignant")],
        [
            [
                f"{_group(group['attribute'])}: {_group(group['value'])}",
                number_format(group["n"]),
                number_format(group["melanomas"]),
                _decimal(group["accuracy"]),
                _decimal(group.get("malignant_auc")),
            ]
            for group in card.get("metrics", {}).get("subgroups", [])
        ],
    )


def thresholds(card: Card) -> Table:
    """Each with how often the network is right at it."""
    return Table(
        [
            _("Threshold for"),
            _("Value"),
            _("Sensitivity"),
            _("Specificity"),
            _("Measured on"),
        ],
        [
            [
                _("%(name)s, %(aim)s aimed at")
                % {"name": point.name, "aim": percent(point.aim, 0)},
                _decimal(point.threshold),
                percent(point.sensitivity),
                percent(point.specificity),
                _("%(kind)s photographs") % {"kind": point.measured_on_words},
            ]
            for point in operating_points(card)
        ],
    )


def _group(text: str) -> str:
    return str(GROUPS.get(text, text))


def _decimal(value: float | None) -> str:
    return "" if value is None else floatformat(value, 3)


def _share(value: float | None, decimals: int = 1) -> str:
    return "" if value is None else percent(value, decimals)
