"""Files as PyTorch wrote them before 1.6, written without it."""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

Arrays = dict[str, npt.NDArray[Any]]


class FloatStorage:
    """Stands for PyTorch's class of that name."""


class LongStorage:
    """Likewise."""


def _rebuild_tensor_v2(*_: object) -> None:
    """Likewise: what a pickled tensor calls."""


class _Storage:
    def __init__(self, key: str, array: npt.NDArray[Any]) -> None:
        self.key, self.array = key, array


class _Tensor:
    """Its storage is the whole array that a view was taken of."""

    def __init__(self, key: str, array: npt.NDArray[Any]) -> None:
        base = array if array.base is None else array.base
        self.storage, self.array = _Storage(key, base), array
        self.offset = (array.ctypes.data - base.ctypes.data) // array.itemsize

    def __reduce__(self) -> tuple[Any, ...]:
        strides = tuple(stride // self.array.itemsize for stride in self.array.strides)
        parts = (self.storage, self.offset, self.array.shape, strides, False, OrderedDict())
        return _rebuild_tensor_v2, parts


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: Any) -> Any:
        if not isinstance(thing, _Storage):
            return None
        kind = FloatStorage if thing.array.dtype == np.float32 else LongStorage
        return "storage", kind, thing.key, "cpu", thing.array.size, None


def save(path: Path, state: Arrays) -> None:
    """Magic number, version, system, state, keys of the storages, then those."""
    tensors = {name: _Tensor(str(n), array) for n, (name, array) in enumerate(state.items())}
    with path.open("wb") as file, _as_torch():
        for header in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(header, file, 2)
        _Pickler(file, 2).dump(OrderedDict(tensors))
        storages = {one.storage.key: one.storage.array for one in tensors.values()}
        pickle.dump(sorted(storages), file, 2)
        for key in sorted(storages):
            _write(file, storages[key])


def state_of(model: keras.Model) -> Arrays:
    """As PyTorch would name and lay out a Keras network's weights, and its count of batches."""
    state: Arrays = {}
    for layer in model.layers:
        axes: tuple[int, ...] | None = None
        if isinstance(layer, layers.Conv2D):
            axes = (3, 2, 0, 1)
        elif isinstance(layer, layers.DepthwiseConv2D):
            axes = (2, 3, 0, 1)
        for number, weight in enumerate(layer.get_weights()):
            state[f"{layer.name}.{number}"] = weight.transpose(axes) if axes else weight
        if isinstance(layer, layers.BatchNormalization):
            state[f"{layer.name}.num_batches_tracked"] = np.array(0)
    return state


def _write(file: IO[bytes], array: npt.NDArray[Any]) -> None:
    file.write(array.size.to_bytes(8, "little"))
    file.write(array.tobytes())


@contextmanager
def _as_torch() -> Iterator[None]:
    """The names above as if they were PyTorch's: a pickle holds them by name."""
    modules = {"torch": (FloatStorage, LongStorage), "torch._utils": (_rebuild_tensor_v2,)}
    before = {name: sys.modules.get(name) for name in modules}
    try:
        for name, things in modules.items():
            sys.modules[name] = ModuleType(name)
            for thing in things:
                thing.__module__ = name
                setattr(sys.modules[name], thing.__name__, thing)
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
