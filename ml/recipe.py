"""Everything that decides a trained network, besides the data and the split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

IMAGENET = "imagenet"
SAMPLINGS = ("upsampled", "square-root")


@dataclass(frozen=True)
class Recipe:
    """`RECIPES` holds one for each network of `ml.networks`."""

    network: str
    size: int
    """Width and height of the network's input, in pixels."""
    backbone: str
    """`imagenet` (downloaded by Keras), a file of pretrained weights, or "" for none."""
    epochs: int
    batch: int
    learning_rate: float
    """Its peak, after the warm-up."""
    weight_decay: float
    """Of AdamW, decoupled: each step takes learning rate × decay off a weight."""
    label_smoothing: float
    sampling: str
    """A name in `ml.sampling`."""
    augmentation: str
    """A name in `ml.augmentation`."""
    mixup: float
    """Two images become one, in shares of Beta(mixup, mixup); 0 for none (arXiv:1710.09412)."""
    seed: int
    validation_fold: int
    patience: int
    """Epochs without a better one after which a training stops."""
    mixed_precision: bool
    """Compute in bfloat16; weights and the trained network stay float32."""
    initial_weights: Path | None = None
    """A whole network's weights to begin with: an earlier training's `best.weights.h5`."""
    validate_every: int = 1
    """Epochs; then a checkpoint is written too. The last one is always validated."""
    left_out_fold: int | None = None
    """Neither trains nor validates: where a teacher's answers for `validation_fold` are wanted."""
    teachers: tuple[Path, ...] = ()
    """Answers for the training's photographs: earlier trainings' `validation.csv`."""
    teacher_share: float = 0.0
    """How much of what is learnt is the teachers' answer and not the label."""


REFERENCE = Recipe(
    network="alexnet",
    size=224,
    backbone="",
    epochs=15,
    batch=32,
    learning_rate=6e-4,
    weight_decay=0.0,
    label_smoothing=0.0,
    sampling="upsampled",
    augmentation="reference",
    mixup=0.0,
    seed=0,
    validation_fold=0,
    patience=8,
    mixed_precision=False,
)
FINE_TUNING = Recipe(
    network="mobilenet",
    size=224,
    backbone=IMAGENET,
    epochs=12,
    batch=32,
    learning_rate=5e-4,
    weight_decay=0.02,
    label_smoothing=0.1,
    sampling="square-root",
    augmentation="dermatoscope",
    mixup=0.0,
    seed=0,
    validation_fold=0,
    patience=8,
    mixed_precision=False,
)
RECIPES: dict[str, Recipe] = {
    "alexnet": REFERENCE,
    "mobilenet": FINE_TUNING,
    "mobilenetv2": replace(FINE_TUNING, network="mobilenetv2", size=160),
    "resnet50v2": replace(
        FINE_TUNING, network="resnet50v2", size=160, learning_rate=3e-4, mixed_precision=True
    ),
    "efficientnet-lite0": replace(FINE_TUNING, network="efficientnet-lite0", backbone=""),
    "efficientnet-lite2": replace(FINE_TUNING, network="efficientnet-lite2", backbone="", size=260),
}
