"""Depthwise convolution as a sum of shifted images.

On a graphics processor XLA's own takes minutes to compile, and longer to compute.
"""

from __future__ import annotations

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("skincare")
class ShiftedDepthwise(layers.DepthwiseConv2D):  # type: ignore[misc]
    """`DepthwiseConv2D` with the same weights and answers, without a bias, as all of ours are."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        size, stride = self.kernel_size[0], self.strides[0]
        same = self.padding == "same"
        sides = [_side(inputs.shape[axis], size, stride, same=same) for axis in (1, 2)]
        padding, (rows, columns) = zip(*sides, strict=True)
        # In 32 bits: a kernel's slope sums over all places of a batch, which 16 bits cannot.
        kernel = ops.cast(self.kernel, "float32")
        padded = ops.cast(ops.pad(inputs, ((0, 0), *padding, (0, 0))), "float32")
        shifted = [
            padded[:, rows[i], columns[j]] * kernel[i, j, :, 0]
            for i in range(size)
            for j in range(size)
        ]
        return ops.cast(sum(shifted[1:], start=shifted[0]), self.compute_dtype)


def _side(
    length: int, size: int, stride: int, *, same: bool
) -> tuple[tuple[int, int], list[slice]]:
    """Along one side: what is padded before and after, and what each tap of the kernel sees."""
    answers = -(-length // stride) if same else (length - size) // stride + 1
    last = (answers - 1) * stride
    padding = max(last + size - length, 0)
    taps = [slice(tap, tap + last + 1, stride) for tap in range(size)]
    return (padding // 2, padding - padding // 2), taps
