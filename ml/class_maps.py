"""What a class map shows of its photograph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Maps = npt.NDArray[np.floating[Any]]


def standing_out(class_maps: Maps) -> Maps:
    """Where a class is favoured over the others, and more than elsewhere; 0 where it is not.

    For maps (…, height, width, 7) of what each place adds to each logit. What it adds to all seven
    alike changes no probability, so the mean of the seven is taken off; and what a class gains
    everywhere alike says nothing of a place, so the photograph's mean is.
    """
    favoured = class_maps - class_maps.mean(axis=-1, keepdims=True)
    elsewhere = favoured.mean(axis=(-3, -2), keepdims=True)
    above: Maps = np.nan_to_num(favoured - elsewhere).clip(0, None)
    return above
