"""What the drawing says in words: tips of units and lines."""

from __future__ import annotations

from app.units.numbers import Numbers, written
from app.units.plan import Bundle, Column


def name_of(column: Column, unit: int) -> str:
    """A unit's name within its layer: what the data calls it, else x1 … for inputs, unit 1 … for others."""
    if column.names:
        return column.names[unit]
    return f"x{unit + 1}" if column.is_input else f"unit {unit + 1}"


def unit_tip(column: Column, unit: int, numbers: Numbers) -> str:
    """All that is known of a unit, a line for each number."""
    name = column.layer if column.size == 1 and not column.names else f"{column.layer}, {name_of(column, unit)}"
    head = name + (f"   example {numbers.example + 1} of {numbers.rows}" if numbers.rows > 1 else "")
    lines = [head]
    for row in column.figures:
        line = f"{row.symbol} = {written(numbers.of_row(column, row.value, unit))}"
        if row.gradient:
            line += f"    ∂L/∂{row.symbol} = {written(numbers.of_row(column, row.gradient, unit))}"
        lines.append(line)
    return "\n".join(lines)


def link_tip(bundle: Bundle, source: int, target: int, numbers: Numbers) -> str:
    """A weight with its gradient; for a line without a weight, what it carries."""
    if not bundle.weight:
        return f"{bundle.source} {source + 1} → {bundle.target}"
    source, target = bundle.entry(source, target, numbers.shape_of(bundle.weight))
    weight = written(numbers.of_weight(bundle.weight, source, target))
    slope = written(numbers.of_weight(f"{bundle.weight}.grad", source, target))
    return f"{bundle.target}: W[{source}, {target}] = {weight}\n∂L/∂W[{source}, {target}] = {slope}"
