"""Photographs and textures that ship inside installed Python packages: nothing is downloaded."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from PIL import Image

from ml.photographs import open_photograph

SIZE = (600, 450)
"""HAM10000's own."""

_SCIKIT_LEARN = ("scikit-learn", "sklearn/datasets/images")
_SCIKIT_IMAGE = ("scikit-image", "skimage/data")
_MATPLOTLIB = ("matplotlib", "matplotlib/mpl-data/sample_data")

Source = tuple[str, str, str]
"""Package, folder inside it, file."""

SCENES: tuple[Source, ...] = (
    (*_SCIKIT_LEARN, "china.jpg"),
    (*_SCIKIT_LEARN, "flower.jpg"),
)
THINGS: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "camera.png"),
    (*_SCIKIT_IMAGE, "chelsea.png"),
    (*_SCIKIT_IMAGE, "clock_motion.png"),
    (*_SCIKIT_IMAGE, "coffee.png"),
    (*_SCIKIT_IMAGE, "coins.png"),
    (*_SCIKIT_IMAGE, "motorcycle_left.png"),
    (*_SCIKIT_IMAGE, "rocket.jpg"),
)
FACES: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "astronaut.png"),
    (*_MATPLOTLIB, "grace_hopper.jpg"),
)
TEXTURES: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "brick.png"),
    (*_SCIKIT_IMAGE, "grass.png"),
    (*_SCIKIT_IMAGE, "gravel.png"),
)
SCIENCE: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "retina.jpg"),
    (*_SCIKIT_IMAGE, "ihc.png"),
    (*_SCIKIT_IMAGE, "moon.png"),
    (*_SCIKIT_IMAGE, "hubble_deep_field.jpg"),
)
"""Medical and astronomical: round, or stained like tissue, and still no skin."""
DRAWINGS: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "color.png"),
    (*_SCIKIT_IMAGE, "horse.png"),
    (*_SCIKIT_IMAGE, "logo.png"),
    (*_MATPLOTLIB, "Minduka_Present_Blue_Pack.png"),
)
PAGES: tuple[Source, ...] = (
    (*_SCIKIT_IMAGE, "page.png"),
    (*_SCIKIT_IMAGE, "text.png"),
)


def photograph(source: Source) -> Image.Image:
    """RGB, as it ships. Raises `ModuleNotFoundError` naming the package to install."""
    package, folder, name = source
    try:
        # Found through its metadata: importing a package to open one of its files takes seconds.
        path = Path(str(distribution(package).locate_file(f"{folder}/{name}")))
    except PackageNotFoundError as error:
        raise ModuleNotFoundError(
            f"{name} ships with {package}, which is not installed: it is in requirements-dev.txt."
        ) from error
    return open_photograph(path)


def crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A random 40 to 100 % of both sides, resized to `SIZE`."""
    width, height = (int(side * rng.uniform(0.4, 1)) for side in image.size)
    left = int(rng.integers(image.width - width + 1))
    top = int(rng.integers(image.height - height + 1))
    return image.resize(SIZE, box=(left, top, left + width, top + height))
