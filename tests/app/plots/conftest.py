"""The fixtures of themed widgets."""

from tests.app.themed import dark_theme, pixel, themed

__all__ = ["dark_theme", "pixel", "themed"]
