"""What a network says of photographs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.posterior import Floats


@dataclass(frozen=True)
class Predictions:
    """Of n photographs; None is what the network has no answer to."""

    probabilities: Floats
    """(n, 7) posteriors under the predictor's prior, in `LABELS`' order; rows sum to 1."""
    in_distribution: Floats | None = None
    """(n,): at least 0 for a photograph like those that the network was trained on."""
    class_maps: npt.NDArray[np.float32] | None = None
    """(n, height, width, 7): how much each place speaks for each class."""
