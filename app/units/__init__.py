"""The second drawing of the network: every unit, and every weight a line between two of them."""

from app.units.panel import UnitsPanel

__all__ = ["UnitsPanel"]
