"""Going to the pages of both sides by keyboard: the page comes to the front, and its first field has the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.window import MainWindow

LEFT = ("page_layers", "page_data", "page_train", "page_lessons")
RIGHT = ("page_layer", "page_operation", "page_tensor")
NAME = "name"  # a layer's name is passed over: what is typed next would rename the layer


def deeds(window: MainWindow) -> dict[str, Callable[[], None]]:
    """Action → what it does."""

    def left(number: int) -> None:
        window.show_work()
        window.sidebar.tabs.setCurrentIndex(number)
        focus_first(window.sidebar.pages.currentWidget())

    def right(number: int) -> None:
        if window.right is not None:
            window.show_work()
            window.right.show_tab(number)
            focus_first(window.right.pages.currentWidget())

    pages = {name: (lambda number=number: left(number)) for number, name in enumerate(LEFT)}
    return pages | {name: (lambda number=number: right(number)) for number, name in enumerate(RIGHT)}


def focus_first(page: QWidget) -> None:
    """Give the keys to the first field of `page` that takes them, in the order of Tab; to `page` if none does."""
    field = page
    while (field := field.nextInFocusChain()) is not page:
        takes = field.focusPolicy() & Qt.FocusPolicy.TabFocus and field.isVisible() and field.isEnabled()
        if takes and page.isAncestorOf(field) and field.objectName() != NAME:
            break
    field.setFocus(Qt.FocusReason.TabFocusReason)
