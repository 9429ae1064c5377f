"""`gradcheck FILE`: the gradients of the backward pass against finite differences, in float64."""

from __future__ import annotations

import argparse
import math

from app.cli.common import NO, OK, open_network, print_json

TOLERANCE = 1e-6  # largest relative error of a gradient that counts as right


def run(args: argparse.Namespace) -> int:
    """Print the largest relative error of every parameter; 1 if one is too large."""
    network = open_network(args.file)
    from engine import Session
    from engine.gradient_check import gradcheck

    errors = gradcheck(Session.from_network(network, dtype="float64"))
    worst = max(errors.values(), key=lambda error: (math.isnan(error), error), default=0.0)
    passed = worst <= TOLERANCE  # False for NaN too
    width = max(map(len, errors), default=0)
    for name, error in errors.items():
        print(f"{name:<{width}}  {error:.2e}")
    print(f"{'passed' if passed else 'FAILED'}: largest relative error {worst:.2e}, allowed {TOLERANCE:.0e}")
    if args.json:
        print_json({"ok": passed, "max_relative_error": worst, "tolerance": TOLERANCE, "parameters": errors})
    return OK if passed else NO
