"""The panels on the right of the window."""

from app.panels.right import LAYER, OPERATION, TENSOR, RightPanel

__all__ = ["LAYER", "OPERATION", "TENSOR", "RightPanel"]
