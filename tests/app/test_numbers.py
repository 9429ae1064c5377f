"""Numbers as the window writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.numbers import format_bytes, format_count, format_number, format_percent, format_short


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0417, "0.04170"), (-0.0312, "−0.03120"), (0, "0"), (98.5, "98.50"), (12480, "12\u2009480"),
        (1.5e-6, "1.500e−6"), (1234567, "1.235e6"), (math.nan, "NaN"), (-math.inf, "−∞"),
        (999.96, "1000"), (-1.0, "−1.000"),
    ],
)  # fmt: skip
def test_format_number(x, text):
    assert format_number(x) == text


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_number_survives_rounding(x):
    shown = format_number(x)
    assert "-" not in shown
    assert float(shown.replace("−", "-").replace("\u2009", "")) == pytest.approx(x, rel=6e-4, abs=1e-307)


def test_other_formats():
    assert format_count(-12480) == "−12\u2009480"
    assert format_percent(0.985) == "98.5 %"
    assert [format_short(x) for x in (184_000, 1.25e6, 912, 4.5)] == ["184 k", "1.25 M", "912", "4.5"]
    assert [format_bytes(n) for n in (92, 92_000, 1_400_000)] == ["92 B", "92 kB", "1.4 MB"]
