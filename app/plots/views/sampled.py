"""Text that the network makes up while it learns."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLineEdit, QTextEdit, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.numbers import format_count
from app.panels.fields import NumberField
from app.plots.card import Card
from app.plots.share import Table
from app.plots.text import Text
from app.plots.views.kind import ViewKind
from app.watches.base import Trouble
from app.watches.sampled import LONGEST, WHERE, Prompt, Sample, Samples
from engine.attributes import Attribute

STEPS = (0.9, 0.5, 0.1)  # probabilities between which the tone goes from faint to full; below the last it is marked
TEMPERATURE = Attribute("temperature", "float", 0.8, "Below 1 it says what is likely, above 1 it dares; 0: the "
                        "likeliest token always.", 0.0, 5.0)  # fmt: skip
LENGTH = Attribute("length", "int", 160, "Tokens of a sample.", 1, LONGEST)
TYPING_MS, NARROW, BREAK = 400, 320, "\\n"


class SampledCard(Card):
    """The newest sample on top, each with the step it is from."""

    about = (
        "Text that the network makes up, from its parameters at the step that stands before it; the newest on top. "
        "Faint: the network was sure of this token; full tone: it was not; marked: it gave it less than 10 %. It goes "
        "on from the prompt (in blue), and draws from p to the power of 1 / temperature."
    )

    def __init__(self, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__("Sampled text", content, WHERE, parent)
        self.samples: Samples | None = None
        self.prompt, self.text, self.note = QLineEdit(), QTextEdit(), Text("", 11, role="bad", wrap=True)
        self.temperature, self.length = NumberField(TEMPERATURE, False), NumberField(LENGTH, False)
        self.legend = QLabel()
        self._turn = 0
        self._lay_out(content)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.prompt.textEdited.connect(lambda _: self._typing.start())
        for field in (self.temperature, self.length):
            field.set_value(field.attribute.default)
            field.chosen.connect(lambda _: self._ask())
        self.apply_theme()

    def _lay_out(self, content: QWidget) -> None:
        self.prompt.setPlaceholderText("Prompt: what it goes on from")
        self.prompt.setAccessibleName("prompt")
        self.prompt.setToolTip(f"What the text goes on from; {BREAK} stands for a line break")
        self.prompt.setObjectName("setting")
        self.prompt.setFixedHeight(26)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("sampled text, the newest on top")
        self.text.setMinimumSize(40, 40)
        self.legend.setMinimumWidth(1)
        self.legend.setAccessibleName("legend: the tone tells the probability of a token")
        again = QToolButton()
        again.setText("Again")
        again.setProperty("role", "small")
        again.setToolTip("Another sample from the parameters as they are now")
        again.clicked.connect(self.again)
        self.head.addWidget(again)
        self._top, row = QBoxLayout(QBoxLayout.Direction.LeftToRight), QHBoxLayout()
        self._top.setSpacing(6)
        row.setSpacing(6)
        self._top.addWidget(self.prompt, 1)
        self._top.addLayout(row)
        for words, field, width in (("T", self.temperature, 44), ("length", self.length, 48)):
            field.setFixedWidth(width)
            field.setToolTip(field.attribute.help)
            label = Text(words, 11, role="dim")
            label.setToolTip(field.attribute.help)
            row.addWidget(label)
            row.addWidget(field)
        row.addStretch()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._top)
        column.addWidget(self.note)
        column.addWidget(self.text, 1)
        column.addWidget(self.legend)
        self.note.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._top.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def _ask(self) -> None:
        text = self.prompt.text().replace(BREAK, "\n")
        self.asked.emit(Prompt(text, self.temperature.value, self.length.value, self._turn))

    def again(self) -> None:
        """Another sample."""
        self._turn += 1
        self._ask()

    def show_snapshot(self, snapshot) -> None:
        """What was said last."""
        found = snapshot.views.get("sampled")
        if not isinstance(found, Samples):
            self.samples = None
            self.show_empty(found.message if isinstance(found, Trouble) else WHERE)
            return
        if found is not self.samples:
            self.samples = found
            self.note.set_text(found.trouble)
            self.note.setVisible(bool(found.trouble))
            self._write(found)
        self.show_content()

    def _write(self, found: Samples) -> None:
        """All samples; where one has scrolled to stays."""
        bar = self.text.verticalScrollBar()
        place = bar.value()
        self.text.setHtml("".join(map(marked, found.samples)))
        bar.setValue(place)
        self.remark.set_text(f"step {format_count(found.samples[0].step)}" if found.samples else "")

    def table(self) -> Table | None:
        """A line for each token of each sample."""
        if self.samples is None or not self.samples.samples:
            return None
        rows = ((sample.step, k + 1, piece, p) for sample in self.samples.samples
                for k, (piece, p) in enumerate(zip(sample.pieces, sample.probabilities, strict=True)))  # fmt: skip
        return Table(("step", "place", "token", "probability"), rows)

    def apply_theme(self) -> None:
        """Take on the current theme."""
        tokens = theme.current()
        self.text.setFont(theme.mono_font(11.5))
        self.text.setStyleSheet(f"background: {tokens.canvas}; padding: 4px;")
        first, *others = (f"≥ {100 * least:g}" for least in STEPS)
        words = [f"{first} %", *others, "less"]
        shown = [f'<span style="{tone(p)}">{word}</span>' for p, word in zip((*STEPS, 0.0), words, strict=True)]
        self.legend.setFont(theme.mono_font(10))
        self.legend.setText("&nbsp; ".join(shown))
        if self.samples is not None:
            self._write(self.samples)


def tone(p: float) -> str:
    """The style of a token of probability `p`."""
    tokens = theme.current()
    if not p >= STEPS[2]:
        return f"color:{tokens.text};background-color:{theme.mix(tokens.canvas, tokens.text, 0.16)}"
    share = next(k for k, least in enumerate(STEPS) if p >= least) / (len(STEPS) - 1)
    return f"color:{theme.mix(tokens.dim, tokens.text, share)}"


def marked(sample: Sample) -> str:
    """A sample as HTML: its step, its prompt, its tokens in their tones; neighbours of one tone together."""
    tokens, parts, last = theme.current(), list[str](), ""
    for piece, p in zip(sample.pieces, sample.probabilities, strict=True):
        style = tone(p)
        if style != last:
            parts.append(f'{"</span>" if last else ""}<span style="{style}">')
            last = style
        parts.append(escape(piece))
    head = f'<span style="color:{tokens.dim}">step {format_count(sample.step)}</span>'
    said = f'<span style="color:{tokens.forward_text}">{escape(sample.prompt)}</span>'
    text = f"{head}\n{said}{''.join(parts)}{'</span>' if last else ''}"
    return f'<p style="margin:0 0 8px 0;white-space:pre-wrap">{text}</p>'


VIEW = ViewKind("Sampled text", SampledCard, "Answers", 50, near="judgement")
