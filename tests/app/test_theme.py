"""Both themes are readable, and switching reaches everyone."""

from __future__ import annotations

import numpy as np
import pytest

from app import theme
from app.fonts import FOLDER, mono_font, ui_font
from app.theme import DARK, LIGHT


def luminance(token: str) -> float:
    channels = [int(token[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("ground", ["canvas", "panel", "raised"])
@pytest.mark.parametrize("ink", ["text", "dim", "forward_text", "backward_text"])
def test_text_keeps_its_contrast(tokens, ground, ink):
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_state_words_are_readable(tokens):
    assert contrast(tokens.good, tokens.panel) >= 4.5
    assert contrast(tokens.bad, tokens.panel) >= 4.5


def test_signed_colours_are_symmetric_and_neutral_at_zero():
    for tokens in (DARK, LIGHT):
        lut = theme.signed_lut(tokens)
        assert lut.shape == (256, 4)
        assert lut.dtype == np.uint8
        assert "#{:02x}{:02x}{:02x}".format(*lut[0, :3]) == tokens.negative
        assert "#{:02x}{:02x}{:02x}".format(*lut[255, :3]) == tokens.positive
        neutral = [int(tokens.neutral[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(lut[127:129, :3].mean(0) - neutral).max() < 4


def test_switching_tells_everyone(app, dark, qtbot):
    with qtbot.waitSignal(theme.signals().changed):
        theme.set_theme("light")
    assert theme.current() is LIGHT
    assert app.palette().window().color().name() == LIGHT.panel
    assert LIGHT.hairline in app.styleSheet()
    theme.set_theme("no such theme")
    assert theme.current() is DARK


def test_bundled_faces_are_used(app):
    assert list(FOLDER.glob("*.ttf"))
    assert ui_font(12).family() == "Inter"
    assert mono_font(12).family() == "JetBrains Mono"
    assert ui_font(10.5).pointSizeF() < ui_font(12).pointSizeF()


def test_mix_and_directions():
    assert theme.mix("#000000", "#ffffff", 0.5) == "#808080"
    assert DARK.direction("forward") == DARK.forward
    assert DARK.direction("backward") == DARK.direction("update") == DARK.backward
    assert DARK.of_category("no such category") == DARK.category["other"]
