"""The loss over a plane of parameters: in three dimensions, as a map, and as a curve over a line.

Nothing here imports numba before a surface is drawn for the first time.
"""
