"""Five real data sets that come with scikit-learn, which is imported only when one of them is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.raw import Raw


def _classification(bunch: Any, target: str) -> Raw:
    names = tuple(str(name) for name in bunch.feature_names)
    classes = tuple(str(name) for name in bunch.target_names)
    return Raw(
        np.asarray(bunch.data, np.float64), bunch.target.astype(np.int64), "classification", names, (target,), classes
    )


def iris(_: dict[str, Any]) -> Raw:
    """Fisher 1936: x (150, 4) in cm, 3 species."""
    from sklearn.datasets import load_iris

    return _classification(load_iris(), "species")


def wine(_: dict[str, Any]) -> Raw:
    """Chemical analysis of wines, UCI 1991: x (178, 13), 3 cultivators."""
    from sklearn.datasets import load_wine

    return _classification(load_wine(), "cultivator")


def breast_cancer(_: dict[str, Any]) -> Raw:
    """Wisconsin diagnostic set, UCI 1995: x (569, 30), malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    return _classification(load_breast_cancer(), "diagnosis")


def diabetes(_: dict[str, Any]) -> Raw:
    """Efron et al. 2004: x (442, 10) in the units they were measured in, y (442, 1) disease progression."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    names = tuple(str(name) for name in bunch.feature_names)
    return Raw(
        np.asarray(bunch.data, np.float64),
        bunch.target[:, None].astype(np.float64),
        "regression",
        names,
        ("progression",),
    )


def digits(_: dict[str, Any]) -> Raw:
    """UCI 1998: x (1797, 64), pixels 0..16 that are divided by 16 unless standardised; y 0..9."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    names = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
    classes = tuple(str(digit) for digit in range(10))
    x, y = np.asarray(bunch.data, np.float64), bunch.target.astype(np.int64)
    return Raw(x, y, "classification", names, ("digit",), classes, image_shape=(8, 8), divisor=16.0)
