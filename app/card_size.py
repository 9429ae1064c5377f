"""Size of a card and the usual distances between cards, in canvas units: pixels at 100 %."""

WIDTH, HEIGHT = 184.0, 164.0
COLUMN_GAP, ROW_GAP = 70.0, 36.0
