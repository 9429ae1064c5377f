"""Qt's stylesheet from the tokens. Widgets name their role by the property `role`; sizes come from fonts."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.theme import Tokens

_SHEET = Template("""
QWidget { color: $text; background: transparent; }
QMainWindow, QDialog, QMessageBox, QFileDialog { background: $panel; }
QWidget[role="panel"] { background: $panel; }
QWidget[role="canvas"] { background: $canvas; }
QWidget[role="line"] { background: $hairline; }
QWidget[role="raised"] { background: $raised; border-radius: 6px; }
QWidget[role="topbar"] { background: $panel; border-bottom: 1px solid $hairline; }
QWidget[role="footer"] { background: $panel; border-top: 1px solid $hairline; }
QLabel[role="dim"] { color: $dim; }
QLabel[role="good"] { color: $good; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="forward"] { color: $forward_text; }
QLineEdit#rate { padding: 0 6px; border-radius: 4px; }
QLineEdit#setting { padding: 0 6px; border-radius: 4px; }
QLineEdit#name { padding: 1px 4px; margin-left: -5px; background: transparent; }
QLineEdit#name:hover { background: $raised; }
QLineEdit#name:focus { background: $raised; }
QLineEdit#name[fixed="true"]:hover { background: transparent; }
QLineEdit[wrong="true"], QLineEdit[wrong="true"]:focus { border-color: $bad; }
QToolButton[role="spin"] { padding: 0; border-radius: 4px; color: $dim; }
QToolTip { background: $raised; color: $text; border: 1px solid $hairline; padding: 4px 6px; }
QSplitter::handle { background: $hairline; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: $forward; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton, QToolButton { background: $raised; border: 1px solid transparent; border-radius: 6px; padding: 4px 10px; }
QToolButton[role="icon"] { padding: 0; }
QToolButton[role="small"] { padding: 2px 7px; font-size: 11px; border-radius: 5px; }
QToolButton[role="flat"] { background: transparent; }
QToolButton[role="flat"]:checked { background: $raised; font-weight: 600; }
QPushButton:hover, QToolButton:hover { border-color: $hairline; background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $hairline; }
QPushButton:focus, QToolButton:focus { border-color: $forward; }
QPushButton:disabled, QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QDoubleSpinBox, QSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $raised; border: 1px solid transparent; border-radius: 6px; padding: 4px 8px;
  selection-background-color: $forward; selection-color: $on_accent; }
QLineEdit:focus, QDoubleSpinBox:focus, QSpinBox:focus, QComboBox:focus { border-color: $forward; }
QComboBox { padding: 0 8px; border-radius: 4px; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $hairline; outline: none; padding: 4px; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $dim; padding: 8px 2px 7px 2px; margin: 0 12px 0 0;
  border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $forward; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $text; }
QTabWidget::pane { border: none; }

QMainWindow#views, QMainWindow#views > QDockWidget { background: $panel; }
QMainWindow::separator { background: $hairline; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $forward; }
QMainWindow#views > QTabBar { qproperty-drawBase: 0; }
QMainWindow#views > QTabBar::tab { padding: 6px 2px 4px 2px; margin: 0 0 0 14px; font-weight: 600; }

QTreeView, QListView, QTableView { background: transparent; border: none; outline: none;
  alternate-background-color: $raised; selection-background-color: $raised; selection-color: $text; }
QTreeView::item, QListView::item { padding: 4px 4px; border-radius: 6px; border: none; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $raised; color: $text; }
QTreeView::branch { background: transparent; }
QTableView { gridline-color: $hairline; }
QHeaderView::section { background: $panel; color: $dim; border: none; border-bottom: 1px solid $hairline;
  padding: 4px 8px; }
QTableCornerButton::section { background: $panel; border: none; }

QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $hairline; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $dim; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QLabel[role="note"] { background: $raised; color: $text; border: 1px solid $bad; border-radius: 6px; }
QMenu { background: $raised; border: 1px solid $hairline; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 14px; border-radius: 4px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $hairline; margin: 4px 8px; }
QProgressBar { background: $raised; border: none; border-radius: 2px; height: 4px; }
QProgressBar::chunk { background: $forward; border-radius: 2px; }
QWidget#banner { background: $raised; border: 1px solid $bad; border-radius: 6px; }
QWidget#notice { background: $raised; border-left: 3px solid $forward; border-bottom: 1px solid $hairline; }
QWidget#notice QPushButton { background: $hover; }
QLabel#tip { background: $raised; border: 1px solid $hairline; border-radius: 6px; padding: 4px 8px; }
QLabel#tip[kind="bad"] { border-color: $bad; }
QLineEdit#rename { border: 1px solid $forward; border-radius: 4px; padding: 0 4px; }
QLabel#crumbs { background: $veil; border-radius: 6px; padding: 3px 8px; margin-left: -8px; }
QFrame#popup { background: $panel; border: 1px solid $hairline; border-radius: 9px; }
QToolButton#problems { background: $panel; border: 1px solid $hairline; border-radius: 14px;
  padding: 4px 12px 4px 8px; }
QToolButton#problems:checked { background: $raised; }
QFrame#palette { background: $panel; border: 1px solid $hairline; border-radius: 9px; }
QFrame#strip { background: $panel; border: 1px solid $hairline; border-radius: 14px; }
QFrame#strip QToolButton { padding: 3px 9px; border-radius: 10px; color: $dim; }
QFrame#strip QToolButton:hover { color: $text; }

QSlider::groove:horizontal { height: 3px; background: $hairline; border-radius: 1px; }
QSlider::sub-page:horizontal { background: $forward; border-radius: 1px; }
QSlider::handle:horizontal { background: $forward; width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; }
QSlider::handle:horizontal:focus { background: $text; }
QCheckBox::indicator { width: 14px; height: 14px; }
""")


def stylesheet(tokens: Tokens) -> str:
    """The program's stylesheet in the colours of `tokens`."""
    from app.theme import mix

    return _SHEET.substitute(
        canvas=tokens.canvas, panel=tokens.panel, raised=tokens.raised, hairline=tokens.hairline, text=tokens.text,
        dim=tokens.dim, forward=tokens.forward, forward_text=tokens.forward_text,
        good=tokens.good, bad=tokens.bad, on_accent=tokens.on_accent,
        veil="rgba({},{},{},215)".format(*(int(tokens.canvas[i : i + 2], 16) for i in (1, 3, 5))),
        hover=mix(tokens.raised, tokens.hairline, 0.5), faint=mix(tokens.dim, tokens.panel, 0.45),
    )  # fmt: skip
