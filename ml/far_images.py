"""Images that are far from any lesion, by kind: drawn, or photographs that ship in packages.

Made to measure what an in-distribution score refuses. Each depends on its seed alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ml import packaged_photographs as packaged
from ml.packaged_photographs import SIZE, Source

Colour = tuple[int, int, int]
Draw = Callable[[np.random.Generator], Image.Image]


def far_images(kind: str, count: int = 8, seed: int = 0) -> list[Image.Image]:
    """`count` RGB images of `SIZE` of one kind: a name in `CHOOSING` or `REPORTING`.

    Raises `ModuleNotFoundError` for photographs whose package is not installed.
    """
    draw = (CHOOSING | REPORTING)[kind]
    return [draw(np.random.default_rng((seed, index, *kind.encode()))) for index in range(count)]


def _flat(rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", SIZE, _colour(rng))


def _flat_skin(rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", SIZE, _skin(rng))


def _gradient(rng: np.random.Generator) -> Image.Image:
    """From one colour to another, in any direction."""
    y, x = np.linspace(-1, 1, SIZE[1])[:, None], np.linspace(-1, 1, SIZE[0])
    angle = rng.uniform(0, 2 * np.pi)
    place = ((x * np.cos(angle) + y * np.sin(angle)) / 2**1.5 + 0.5)[..., None]
    return _image(np.array(_colour(rng)) * place + np.array(_colour(rng)) * (1 - place))


def _uniform_noise(rng: np.random.Generator) -> Image.Image:
    """Each channel of each pixel alone, over a random part of the range."""
    low, high = np.sort(rng.uniform(0, 255, (2, 3)), axis=0)
    return _image(rng.uniform(low, np.maximum(high, low + 60), (SIZE[1], SIZE[0], 3)))


def _smooth_noise(rng: np.random.Generator) -> Image.Image:
    """Coloured clouds of a random fineness."""
    cells = int(rng.integers(3, 40))
    coarse = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)


def _stripes(rng: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    angle, period = rng.uniform(0, np.pi), rng.uniform(8, 90)
    return _two_colours((x * np.cos(angle) + y * np.sin(angle)) % period < period / 2, rng)


def _checkerboard(rng: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] // int(rng.integers(8, 90))
    return _two_colours((x + y) % 2 == 0, rng)


def _screenshot(rng: np.random.Generator) -> Image.Image:
    """A window with a title bar, a column of buttons and lines of text, light or dark."""
    dark = rng.random() < 0.5
    paper, ink = ((30, 32, 38), (220, 220, 220)) if dark else ((250, 250, 250), (30, 30, 30))
    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], int(rng.integers(24, 50))), fill=_colour(rng))
    for row in range(int(rng.integers(2, 7))):
        top = 70 + 55 * row
        draw.rounded_rectangle((15, top, 130, top + 36), 8, fill=_colour(rng))
    _write(draw, rng, left=150, top=65, ink=ink)
    return image


def _document(rng: np.random.Generator) -> Image.Image:
    """A page of text, slightly turned on its table and yellowed."""
    paper = int(rng.integers(215, 256))
    table = _colour(rng)
    image = Image.new("RGB", SIZE, (paper, paper - 4, paper - int(rng.integers(5, 25))))
    _write(ImageDraw.Draw(image), rng, left=int(rng.integers(30, 90)), top=30, ink=(25, 25, 40))
    return image.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC, fillcolor=table)


def _chart(rng: np.random.Generator) -> Image.Image:
    """Axes, and bars or lines in some colours."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.line((60, 30, 60, 400, 570, 400), fill="black", width=2)
    if rng.random() < 0.5:
        for left in range(75, 550, int(rng.integers(30, 70))):
            draw.rectangle((left, int(rng.integers(50, 390)), left + 24, 399), fill=_colour(rng))
    else:
        for _ in range(int(rng.integers(2, 6))):
            heights = rng.uniform(50, 390, 12)
            points = [(65 + 44 * step, height) for step, height in enumerate(heights)]
            draw.line(points, fill=_colour(rng), width=3)
    for row in range(6):
        draw.text(
            (10, 40 + 65 * row),
            str(rng.integers(1000)),
            fill="black",
            font=ImageFont.load_default(16),
        )
    return image


def _shapes(rng: np.random.Generator) -> Image.Image:
    """One to six ellipses and rectangles on a plain ground."""
    image = Image.new("RGB", SIZE, _colour(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 7))):
        left, top = int(rng.integers(-50, 450)), int(rng.integers(-50, 300))
        box = (left, top, left + int(rng.integers(60, 350)), top + int(rng.integers(60, 300)))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(box, fill=_colour(rng))
    return image


def _matrix_code(rng: np.random.Generator) -> Image.Image:
    """Black and white squares on paper, as in a QR code."""
    cells = int(rng.integers(21, 58))
    code = Image.fromarray(rng.integers(0, 2, (cells, cells), dtype=np.uint8) * np.uint8(255))
    side = int(rng.integers(200, 430))
    image = Image.new("RGB", SIZE, (245, 243, 240))
    corner = (int(rng.integers(SIZE[0] - side)), int(rng.integers(SIZE[1] - side)))
    image.paste(code.resize((side, side), Image.Resampling.NEAREST), corner)
    return image.rotate(rng.uniform(-20, 20), Image.Resampling.BICUBIC, fillcolor=_colour(rng))


def _mottled_skin(rng: np.random.Generator) -> Image.Image:
    """The colour of skin with faint clouds and some noise, and no lesion: the nearest kind."""
    cells = int(rng.integers(4, 20))
    clouds = Image.fromarray(rng.integers(0, 256, (cells, cells), dtype=np.uint8))
    light = np.asarray(clouds.resize(SIZE, Image.Resampling.BICUBIC), np.float32)[..., None]
    noise = rng.normal(0, rng.uniform(1, 5), (SIZE[1], SIZE[0], 3))
    return _image(np.array(_skin(rng)) + (light - 128) * rng.uniform(0.05, 0.2) + noise)


def _crops_of(sources: tuple[Source, ...]) -> Draw:
    def draw(rng: np.random.Generator) -> Image.Image:
        source = sources[rng.integers(len(sources))]
        return packaged.crop(packaged.photograph(source), rng)

    return draw


def _write(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, left: int, top: int, ink: Colour
) -> None:
    """Lines of words that no language has, down to the image's lower end."""
    size = int(rng.integers(11, 24))
    for line in range(top, SIZE[1] - size, int(size * 1.5)):
        letters = rng.choice(list("aabcdeeefghiiklmnooprssttuvw      "), int(rng.integers(20, 90)))
        draw.text((left, line), "".join(letters), fill=ink, font=ImageFont.load_default(size))


def _two_colours(mask: npt.NDArray[np.bool_], rng: np.random.Generator) -> Image.Image:
    return _image(np.where(mask[..., None], _colour(rng), _colour(rng)))


def _colour(rng: np.random.Generator) -> Colour:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def _skin(rng: np.random.Generator) -> Colour:
    """Anywhere from light to dark skin."""
    light, dark = np.array((240, 205, 190)), np.array((80, 50, 40))
    red, green, blue = (light + (dark - light) * rng.random() + rng.uniform(-8, 8, 3)).tolist()
    return int(red), int(green), int(blue)


def _image(pixels: npt.NDArray[np.floating | np.integer]) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


CHOOSING: dict[str, Draw] = {
    "flat colour": _flat,
    "gradient": _gradient,
    "uniform noise": _uniform_noise,
    "stripes": _stripes,
    "text screenshot": _screenshot,
    "scenes (scikit-learn)": _crops_of(packaged.SCENES),
}
"""The kinds that a method may be chosen by."""

REPORTING: dict[str, Draw] = {
    "flat skin colour": _flat_skin,
    "smooth coloured noise": _smooth_noise,
    "checkerboard": _checkerboard,
    "document": _document,
    "printed page": _crops_of(packaged.PAGES),
    "chart": _chart,
    "things and animals": _crops_of(packaged.THINGS),
    "faces": _crops_of(packaged.FACES),
    "brick, grass, gravel": _crops_of(packaged.TEXTURES),
    "retina, tissue, sky": _crops_of(packaged.SCIENCE),
    "coloured shapes": _shapes,
    "matrix code": _matrix_code,
    "logos and drawings": _crops_of(packaged.DRAWINGS),
    "mottled skin colour": _mottled_skin,
}
"""The kinds that are only reported: nothing is to be chosen by their figures."""
