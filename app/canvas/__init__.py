"""The canvas: the network drawn as cards and wires. Items hold ids, never model objects."""

from app.canvas.panel import CanvasPanel

__all__ = ["CanvasPanel"]
