"""LaTeX as one line of plain text: "\\bar x = \\bar y \\odot (1 - y^2)" → "x̄ = ȳ ⊙ (1 − y²)". No Qt here.

For lists and tips, where a picture is too much, and for formulas that cannot be drawn.
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {
    "odot": "⊙", "cdot": "·", "times": "×", "sum": "Σ", "prod": "∏", "partial": "∂", "nabla": "∇", "top": "ᵀ",
    "infty": "∞", "leftarrow": "←", "rightarrow": "→", "to": "→", "gets": "←", "approx": "≈", "le": "≤", "leq": "≤",
    "ge": "≥", "geq": "≥", "neq": "≠", "ne": "≠", "in": "∈", "pm": "±", "ldots": "…", "dots": "…", "cdots": "⋯",
    "mid": "|", "lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖", "Vert": "‖", "quad": "\u2003",
    "qquad": "\u2003",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "varphi": "φ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Phi": "Φ", "ell": "ℓ", "mathbb": "",
    "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "displaystyle": "", "textstyle": "",
    "circ": "∘",
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋",
}  # fmt: skip
_ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7", "overline": "\u0304"}
_WORDS = ("mathrm", "text", "operatorname", "mathbf", "mathit", "textrm", "mathsf", "boldsymbol", "operatorname*")
_SUPER = dict(zip("0123456789+-−()nTi", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿᵀⁱ", strict=True)) | {"ᵀ": "ᵀ", "*": "*"}
_SUB = dict(zip("0123456789+-−()aeijnoprstuvxk", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎ₐₑᵢⱼₙₒₚᵣₛₜᵤᵥₓₖ", strict=True))
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|.", re.DOTALL)


def plain(latex: str) -> str:
    """`latex` in Unicode. What is not known keeps its name; never raises."""
    text = re.sub(r" +", " ", _Reader(latex).read())
    return re.sub(r" ?\u2003 ?", "  ", re.sub(r" (?=[,;)])", "", text)).strip()


class _Reader:
    """Reads token by token; a group in braces is one token."""

    def __init__(self, latex: str) -> None:
        self.tokens = [match.group(0).strip() or " " for match in _TOKEN.finditer(latex)]
        self.at = 0

    def read(self, until: str | None = None) -> str:
        parts = []
        while self.at < len(self.tokens) and self.tokens[self.at] != until:
            parts.append(self._one())
        self.at += 1
        return "".join(parts)

    def _next(self) -> str:
        """The next argument: a group, a command with its arguments, or a character."""
        while self.at < len(self.tokens) and self.tokens[self.at] == " ":
            self.at += 1
        return self._one() if self.at < len(self.tokens) else ""

    def _one(self) -> str:
        token = self.tokens[self.at]
        self.at += 1
        if token == "{":
            return self.read("}")
        if token in "^_":
            return _script(self._next(), _SUPER if token == "^" else _SUB, token)
        if token == "-":
            return "−"
        return self._command(token[1:]) if token.startswith("\\") and len(token) > 1 else token

    def _command(self, name: str) -> str:
        if name in ("frac", "tfrac", "dfrac"):
            return f"{_atom(self._next())}/{_atom(self._next())}"
        if name == "sqrt":
            return f"√{_atom(self._next())}"
        if name in _ACCENTS:
            return _accented(self._next(), _ACCENTS[name])
        if name in _WORDS:
            return self._next()
        if name in _SIGNS:
            return _SIGNS[name]
        return {",": " ", ";": " ", ":": " ", "!": "", "|": "‖", "\\": "  "}.get(name, name)


def _accented(letter: str, accent: str) -> str:
    if len(letter) > 1 and letter.isalpha() and accent == _ACCENTS["bar"]:
        return f"∂{letter}"  # a bar over a word cannot be written
    return unicodedata.normalize("NFC", letter[:1] + accent) + letter[1:] if letter else ""


def _atom(text: str) -> str:
    return text if re.fullmatch(r"\d+|\D?.?|\(.*\)", text) else f"({text})"


def _script(text: str, table: dict[str, str], sign: str) -> str:
    if text.strip(",") and all(letter in table or letter == "," for letter in text):  # there is no small comma
        return "".join(table.get(letter, letter) for letter in text)
    return f"{sign}{text}" if len(text) < 2 else f"{sign}({text})"
