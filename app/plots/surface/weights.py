"""Which two weights the loss is drawn over: a small dialog."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from app.worker_commands import Weight

Shapes = tuple[tuple[str, tuple[int, ...]], ...]
ONE = "one weight only: a curve"


class WeightsDialog(QDialog):
    """A tensor and an element of it, twice; the second one may be left out."""

    def __init__(self, shapes: Shapes, before: tuple[Weight, Weight | None] | None, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Loss over two weights")
        self.shapes = dict(shapes)
        self.first, self.second = QComboBox(), QComboBox()
        self.first.addItems(list(self.shapes))
        self.second.addItems([*self.shapes, ONE])
        self.at_first, self.at_second = QLineEdit(), QLineEdit()
        self.trouble = QLabel()
        self.trouble.setProperty("role", "bad")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        for title, names, at in (("Across", self.first, self.at_first), ("Up", self.second, self.at_second)):
            form.addRow(title, names)
            form.addRow("element", at)
            names.setAccessibleName(f"{title}: tensor")
            at.setAccessibleName(f"{title}: element")
            at.textEdited.connect(lambda _: self._check())
            names.currentTextChanged.connect(lambda _, names=names, at=at: self._suggest(names, at))
        form.addRow(self.trouble)
        form.addRow(self.buttons)
        self._begin(before)

    def _begin(self, before: tuple[Weight, Weight | None] | None) -> None:
        """What was chosen before, as far as it is still there; else the first two elements there are."""
        for names, at, weight in zip((self.first, self.second), (self.at_first, self.at_second),
                                     before or (None, None), strict=True):  # fmt: skip
            if weight is not None and weight[0] in self.shapes:
                names.setCurrentText(weight[0])
                at.setText(", ".join(map(str, weight[1])))
            else:
                self._suggest(names, at)
        if before is None and self.first.currentText() == self.second.currentText():
            shape = self.shapes.get(self.first.currentText(), ())
            last = [n - 1 for n in shape]
            self.at_second.setText(", ".join(map(str, last)))
        self._check()

    def _suggest(self, names: QComboBox, at: QLineEdit) -> None:
        at.setEnabled(names.currentText() != ONE)
        at.setText(", ".join("0" for _ in self.shapes.get(names.currentText(), ())))
        self._check()

    def weights(self) -> tuple[Weight, Weight | None] | None:
        """What is chosen; None while it is none (`trouble` says why)."""
        found: list[Weight | None] = []
        for names, at in ((self.first, self.at_first), (self.second, self.at_second)):
            name = names.currentText()
            if name == ONE:
                found.append(None)
                continue
            shape = self.shapes.get(name, ())
            try:
                index = tuple(int(part) for part in at.text().replace(" ", "").split(",") if part)
            except ValueError:
                index = (-1,)
            if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
                wanted = ", ".join(f"0 to {n - 1}" for n in shape)
                self.trouble.setText(f"{name} has elements [{wanted}].")
                return None
            found.append((name, index))
        if found[0] == found[1]:
            self.trouble.setText("Both are the same weight; choose another one.")
            return None
        self.trouble.setText("")
        assert found[0] is not None
        return found[0], found[1]

    def _check(self) -> None:
        ok = self.weights() is not None
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(ok)


def choose_weights(parent: QWidget, shapes: Shapes,
                   before: tuple[Weight, Weight | None] | None) -> tuple[Weight, Weight | None] | None:  # fmt: skip
    """Ask; None where nothing was chosen."""
    if not shapes:
        return None
    dialog = WeightsDialog(shapes, before, parent)
    return dialog.weights() if dialog.exec() == QDialog.DialogCode.Accepted else None
