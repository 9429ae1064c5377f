"""Rows of settings that can be changed: one declaration (engine.attributes) makes label, editor, range and help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSlider, QWidget

from app.panels.facts import words
from app.panels.fields import Field, make_field
from app.plots.text import Text

if TYPE_CHECKING:
    from engine.attributes import Attribute

NAMES = {
    "alpha": "α", "beta1": "β₁", "beta2": "β₂", "cg_iterations": "CG iterations", "warmup": "Warm-up",
    "second_optimizer": "Second optimiser",
    "l1": "L₁ penalty", "l2": "L₂ penalty", "lower": "Lower case", "nan": "NaN cells", "optimizer": "Optimiser",
    "standardise": "Standardise x", "standardise_target": "Standardise y",
}  # fmt: skip
TICKS = 100


class SettingsForm(QWidget):
    """`changed(name, value, merge)`: the user wants it so; `merge` is the same for one gesture.

    Ranges within `sliders` (names) get a slider below. The form shows what it is told; it changes nothing itself.
    """

    changed = Signal(str, object, str)

    def __init__(self, sliders: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.owner = ""
        self.fields: dict[str, Field] = {}
        self._sliders = tuple(sliders)
        self._attributes: tuple[Attribute, ...] = ()
        self._rows: dict[str, list[QWidget]] = {}
        self._entrance = QWidget(self)  # nothing is seen of it: it holds the form's place in the order of Tab
        self._entrance.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt puts nothing after what takes no keys
        self._entrance.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)

    def show_settings(self, owner: str, attributes: Sequence[Attribute], values: dict[str, Any],
                      idle: Sequence[str] = ()) -> None:  # fmt: skip
        """Settings of `owner` (a layer's id, "training", …). Editors stay as long as the declarations do.

        `idle`: names of settings that change nothing now, and are not shown.
        """
        if owner != self.owner:
            self.flush()
        if tuple(attributes) != self._attributes:
            self._build(tuple(attributes))
        self.owner = owner
        for attribute in attributes:
            shown = attribute.matters(values) and attribute.name not in idle
            for widget in self._rows[attribute.name][:-1]:
                widget.setVisible(shown)
            if not shown:
                self._rows[attribute.name][-1].hide()
            self.fields[attribute.name].set_value(values[attribute.name])
            self._move_slider(attribute, values[attribute.name])
        self.setVisible(bool(attributes))

    def value_of(self, name: str) -> Any:
        """What the editor of `name` shows. Raises KeyError."""
        return self.fields[name].value

    def shown(self) -> list[str]:
        """Names of the settings that matter now."""
        return [name for name, row in self._rows.items() if row[0].isVisibleTo(self)]

    def flush(self) -> None:
        """Settle what is half typed: it belongs to what is shown now."""
        for field in self.fields.values():
            field.flush()

    def _build(self, attributes: tuple[Attribute, ...]) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self.fields, self._rows, self._attributes = {}, {}, attributes
        for number, attribute in enumerate(attributes):
            self._add_row(3 * number, attribute)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab goes from setting to setting, beginning where the form stands: new widgets would come last of all."""
        before = self._entrance
        for row in self._rows.values():
            for widget in row:
                stop = widget.focusProxy() or widget
                if stop.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(before, stop)
                    before = stop

    def _add_row(self, row: int, attribute: Attribute) -> None:
        name = NAMES.get(attribute.name, words(attribute.name))
        label, reason = Text(name, 12, role="dim"), Text("", 10.5, role="bad", wrap=True)
        field = make_field(attribute, buttons=attribute.name not in self._sliders)
        tip = f"{attribute.help}\nAllowed: {attribute.describe()}. Default: {_short(attribute.default)}."
        for widget in (label, field):
            widget.setToolTip(tip)
        label.setBuddy(field)
        reason.hide()
        field.chosen.connect(lambda value, name=attribute.name: self._pass_on(name, value))
        field.complained.connect(lambda text, reason=reason: _tell(reason, text))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)
        self._rows[attribute.name] = [label, field]
        if attribute.name in self._sliders:
            self._rows[attribute.name].append(self._slider(attribute, field))
            self._grid.addWidget(self._rows[attribute.name][-1], row + 1, 0, 1, 2)
        self._grid.addWidget(reason, row + 2, 0, 1, 2)
        self._rows[attribute.name].append(reason)
        self.fields[attribute.name] = field

    def _slider(self, attribute: Attribute, field: Field) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, TICKS)
        slider.setAccessibleName(f"{attribute.name} slider")
        slider.setFixedHeight(18)
        slider.wheelEvent = lambda event: event.ignore()
        span = attribute.high - attribute.low
        slider.valueChanged.connect(lambda tick: self._slid(attribute, round(attribute.low + span * tick / TICKS, 4)))
        slider.sliderPressed.connect(lambda: setattr(field, "gesture", field.gesture + 1))
        return slider

    def _slid(self, attribute: Attribute, value: float) -> None:
        field = self.fields[attribute.name]
        if value != field.value:
            field.set_value(value)
            self._pass_on(attribute.name, value)

    def _move_slider(self, attribute: Attribute, value: Any) -> None:
        for slider in self._rows[attribute.name]:
            if isinstance(slider, QSlider) and not slider.isSliderDown():
                slider.blockSignals(True)
                slider.setValue(round((value - attribute.low) / (attribute.high - attribute.low) * TICKS))
                slider.blockSignals(False)

    def _pass_on(self, name: str, value: Any) -> None:
        self.changed.emit(name, value, f"{self.owner}.{name}.{self.fields[name].gesture}")


def _tell(label: Text, reason: str) -> None:
    label.set_text(reason)
    label.setVisible(bool(reason))


def _short(value: Any) -> str:
    from app.panels.facts import show_value

    return show_value(value) or "none"
