"""A result on one page of A4, as a PDF."""

from __future__ import annotations

import io
from contextlib import closing
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.fonts import TTFFont
from PIL import Image

from classifier import heatmap, imaging
from classifier.models import Prediction
from classifier.sentences import translated
from classifier.templatetags.percent import percent
from classifier.web.result import result

MARGIN: Final = 15.0  # millimetres, as all lengths here
PICTURE: Final = (85.0, 64.0)
LINE: Final = 5.0
BAR: Final = 45.0
MAX_NOTE: Final = 400
"""Letters of the note, so that all of it stays on one page."""


def report(prediction: Prediction) -> bytes:
    """The PDF of a succeeded prediction, in the reader's language.

    Raises `FileNotFoundError` or `InvalidPhotograph` where the stored photograph is not there or
    damaged.
    """
    with closing(_Page()) as page:
        _write(page, prediction)
        return bytes(page.output())


def _write(page: _Page, prediction: Prediction) -> None:
    page.headline("Skincare", _("Result of one photograph"))
    page.pictures(_pictures(prediction))
    page.facts(_facts(prediction))
    if prediction.out_of_distribution:
        page.heading(_("Not recognised as a lesion"))
        page.paragraph(
            _(
                "This does not look like a dermatoscopic photograph of a skin lesion. What the "
                "network says of anything else means nothing, so no percentages are shown."
            )
        )
    else:
        _write_result(page, prediction)
    page.notice(
        _(
            "This is not a medical device and not a diagnosis. If a lesion worries you, show it to "
            "a physician."
        )
    )


def _pictures(prediction: Prediction) -> list[Image.Image]:
    """The photograph and, where the network can say it, where it looked."""
    with prediction.image.file.open("rb") as file:
        photograph = imaging.stored_photograph(file, at_least=heatmap.MAX_SIDE)
    photograph.thumbnail((heatmap.MAX_SIDE, heatmap.MAX_SIDE))
    if prediction.class_maps is None or prediction.out_of_distribution:
        return [photograph]
    heat = heatmap.unpack(bytes(prediction.class_maps), prediction.label)
    return [photograph, heatmap.overlay(photograph, heat)]


def _facts(prediction: Prediction) -> list[tuple[str, str]]:
    image = prediction.image
    taken = date_format(image.taken_on, "DATE_FORMAT") if image.taken_on else ""
    finished = prediction.finished_at
    note = image.note if len(image.note) <= MAX_NOTE else image.note[:MAX_NOTE] + " …"
    facts = [
        (_("Photograph"), image.original_name),
        (_("Uploaded"), date_format(image.created_at, "DATETIME_FORMAT")),
        (_("Date taken"), taken),
        (_("Body site"), str(image.get_body_site_display())),
        (_("Note"), " ".join(note.split())),
        (_("Network"), str(prediction.model_version)),
        (_("Classified"), date_format(finished, "DATETIME_FORMAT") if finished else ""),
        (_("Number"), str(prediction.pk)),
    ]
    return [(name, value) for name, value in facts if value]


def _write_result(page: _Page, prediction: Prediction) -> None:
    page.heading(f"{prediction.get_label_display()}   {percent(prediction.probability or 0.0)}")
    for _label, words, probability in prediction.ranked:
        page.bar(str(words.name), probability)
    page.ln(2)
    prior = prediction.prior_in_words
    page.paragraph(_("The percentages are calculated %(prior)s.") % {"prior": prior})
    malignant = _(
        "Malignant or pre-malignant (actinic keratosis, basal cell carcinoma or melanoma):"
    )
    page.paragraph(f"{malignant} {percent(prediction.malignancy or 0.0)}")
    shown = result(prediction, prediction.label)
    for hint in shown["hints"]:
        page.paragraph(hint.sentence)
    for warning in shown["warnings"]:
        page.paragraph(translated(warning["message"]))


class _Page(FPDF):
    """A page of A4 and the few things that stand on it."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=False)
        for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("text", style, _fonts() / file)
        self.add_page()

    def close(self) -> None:
        """fpdf2 leaves the files of its fonts open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def headline(self, *lines: str) -> None:
        for size, line in zip((16, 11), lines, strict=True):
            self.set_font("text", "B", size)
            self.cell(text=line, new_x="LMARGIN", new_y="NEXT", h=size / 2)
        self.ln(3)

    def heading(self, text: str) -> None:
        self.ln(3)
        self.set_font("text", "B", 12)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def paragraph(self, text: str) -> None:
        self.set_font("text", "", 9)
        self.multi_cell(0, 4.5, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def pictures(self, pictures: list[Image.Image]) -> None:
        width, height = PICTURE
        for i, picture in enumerate(pictures):
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=88)
            x = MARGIN + i * (width + LINE)
            self.image(buffer, x, self.get_y(), width, height, keep_aspect_ratio=True)
        self.set_y(self.get_y() + height + 3)

    def facts(self, facts: list[tuple[str, str]]) -> None:
        for name, value in facts:
            self.set_font("text", "B", 9)
            self.cell(32, LINE, name)
            self.set_font("text", "", 9)
            self.multi_cell(0, LINE, value, new_x="LMARGIN", new_y="NEXT")

    def bar(self, name: str, share: float) -> None:
        self.set_font("text", "", 9)
        self.cell(95, LINE, name)
        self.set_fill_color(225)
        self.rect(self.get_x(), self.get_y() + 1, BAR, LINE - 2, style="F")
        self.set_fill_color(11, 92, 115)
        self.rect(self.get_x(), self.get_y() + 1, BAR * share, LINE - 2, style="F")
        self.set_x(self.get_x() + BAR)
        self.cell(20, LINE, percent(share), align="R", new_x="LMARGIN", new_y="NEXT")

    def notice(self, text: str) -> None:
        self.ln(3)
        self.set_font("text", "B", 9)
        self.multi_cell(0, LINE, text, border=1, new_x="LMARGIN", new_y="NEXT", padding=2)


def _fonts() -> Path:
    """DejaVu knows Latin, Greek and Cyrillic letters; matplotlib brings it along."""
    files = distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf")
    return Path(str(files))
