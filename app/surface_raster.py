"""A rasteriser, compiled: shaded triangles with a z-buffer, or flat; contour and mesh lines by their distance.

Imports numba, so it is imported where the first surface is drawn. Everything compiled stands in this one file: Numba's
cache notices a change of the file of a function, not of what it calls elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from engine.machine import cache

AMBIENT, UNDERSIDE = 0.42, 0.62
F8, F4, U1 = types.float64, types.float32, types.uint8


def _prepare(function, signature):
    return cache.through(lambda on_disk: njit(signature, cache=on_disk, nogil=True, error_model="numpy")(function))


def _lit(heights, widths, tall, light, found):
    """Lambert's law at every node: found (n, m) is 1 on a level surface. Spaces of `widths` between the nodes."""
    n, m = heights.shape
    for i in range(n):
        for j in range(m):
            low, high, left, right = max(0, i - 1), min(n - 1, i + 1), max(0, j - 1), min(m - 1, j + 1)
            x = (heights[high, j] - heights[low, j]) * tall / (max(1, high - low) * widths[0])
            y = (heights[i, right] - heights[i, left]) * tall / (max(1, right - left) * widths[1])
            x, y = (x if np.isfinite(x) else 0.0), (y if np.isfinite(y) else 0.0)
            facing = (light[2] - x * light[0] - y * light[1]) / math.sqrt(1 + x * x + y * y)
            found[i, j] = min(1.2, AMBIENT + (1 - AMBIENT) * max(0.0, facing) / light[2])


def _line(distance, half):
    """How much of a pixel is covered by a line at this distance."""
    return min(1.0, max(0.0, half + 0.5 - distance))


def _triangle(seen, heights, lit, corner, levels, table, look, image, depth):  # noqa: C901 (one loop over pixels)
    """corner: (i, j) of A, B and C, and whether AB and AC are mesh lines. look: see `surface`."""
    ax, ay, aq = seen[corner[0], corner[1], 0], seen[corner[0], corner[1], 1], seen[corner[0], corner[1], 2]
    bx, by, bq = seen[corner[2], corner[3], 0] - ax, seen[corner[2], corner[3], 1] - ay, seen[corner[2], corner[3], 2]
    cx, cy, cq = seen[corner[4], corner[5], 0] - ax, seen[corner[4], corner[5], 1] - ay, seen[corner[4], corner[5], 2]
    ha, hb, hc = heights[corner[0], corner[1]], heights[corner[2], corner[3]], heights[corner[4], corner[5]]
    la, lb, lc = lit[corner[0], corner[1]], lit[corner[2], corner[3]], lit[corner[4], corner[5]]
    if not np.isfinite(ha + hb + hc):
        return
    double = bx * cy - cx * by
    if double == 0:
        return
    side = 1.0 if double < 0 else UNDERSIDE
    x0 = max(0, math.ceil(ax + min(0.0, bx, cx) - 0.5))
    x1 = min(depth.shape[1] - 1, math.floor(ax + max(0.0, bx, cx) - 0.5))
    y0 = max(0, math.ceil(ay + min(0.0, by, cy) - 0.5))
    y1 = min(depth.shape[0] - 1, math.floor(ay + max(0.0, by, cy) - 0.5))
    rise_x, rise_y = ((hb - ha) * cy - (hc - ha) * by) / double, ((hc - ha) * bx - (hb - ha) * cx) / double
    rise = math.sqrt(rise_x * rise_x + rise_y * rise_y)
    reach = rise * (look[0] + 1)
    first, last = np.searchsorted(levels, min(ha, hb, hc) - reach), np.searchsorted(levels, max(ha, hb, hc) + reach)
    run = 1 / rise if rise > 1e-9 else 0.0
    if rise <= 1e-9:
        last = first
    to_ab, to_ac = (
        abs(double) / math.sqrt(bx * bx + by * by + 1e-12),
        abs(double) / math.sqrt(cx * cx + cy * cy + 1e-12),
    )
    ux, uy, vx, vy = cy / double, -cx / double, -by / double, bx / double
    for y in range(y0, y1 + 1):
        py = y + 0.5 - ay
        for x in range(x0, x1 + 1):
            px = x + 0.5 - ax
            u, v = px * ux + py * uy, px * vx + py * vy
            if u < -1e-9 or v < -1e-9 or u + v > 1 + 1e-9:
                continue
            w = 1 - u - v
            near = w * aq + u * bq + v * cq
            if near <= depth[y, x]:
                continue
            depth[y, x] = near
            far = 1 / near
            wa, wb, wc = w * aq * far, u * bq * far, v * cq * far  # as seen in perspective
            height = min(1.0, max(0.0, wa * ha + wb * hb + wc * hc))
            shade = side * (wa * la + wb * lb + wc * lc)
            mesh = 0.0
            if corner[6]:
                mesh = _line(v * to_ab, look[2])
            if corner[7]:
                mesh = max(mesh, _line(u * to_ac, look[2]))
            shade *= 1 - look[3] * mesh
            ink, towards = 0.0, 255.0
            for k in range(first, last):
                covered = look[1] * _line(abs(height - levels[k]) * run, look[0])
                if covered > ink:
                    ink, towards = covered, 255.0 if levels[k] < 0.5 else 0.0  # light on dark colours, dark on light
            at = int(height * 255 + 0.5)
            for k in range(3):
                tone = min(255.0, table[at, k] * shade)
                image[y, x, k] = np.uint8(tone + (towards - tone) * ink)
            image[y, x, 3] = 255


def _surface(seen, heights, lit, levels, table, look, image, depth):
    """Draw every cell whose corners are finite.

    seen (n, m, 3): x, y in px and nearness; look: half width and strength of contours, of mesh lines, and of which
    nodes the mesh shows (every so many). image (h, w, 4) and depth (h, w) hold what is there already.
    """
    n, m = heights.shape
    every = max(1, int(look[4]))
    for i in range(n - 1):
        for j in range(m - 1):
            one = (i, j, i + 1, j, i, j + 1, j % every == 0, i % every == 0)
            other = (i + 1, j + 1, i, j + 1, i + 1, j, (j + 1) % every == 0, (i + 1) % every == 0)
            _triangle(seen, heights, lit, one, levels, table, look, image, depth)
            _triangle(seen, heights, lit, other, levels, table, look, image, depth)


def _halve(large, small):
    """The mean of 2×2 pixels, colours multiplied by their opacity."""
    for y in range(small.shape[0]):
        for x in range(small.shape[1]):
            for k in range(4):
                total = np.uint32(large[2 * y, 2 * x, k]) + large[2 * y, 2 * x + 1, k]
                total += np.uint32(large[2 * y + 1, 2 * x, k]) + large[2 * y + 1, 2 * x + 1, k]
                small[y, x, k] = np.uint8((total + 2) // 4)


def _flat(nodes, columns, rows, levels, table, look, hatch, image, heights):
    """The map: image (h, w, 4) and heights (h, w), the lowest row last.

    columns (2, w), rows (2, h): the node before each pixel and the share of the way to the next. look: half width and
    strength of contours, px from node to node across and up, px from stripe to stripe of the hatching and of a stripe.
    hatch (2, 4): colours of stripes and of the ground between them, where heights are not finite.
    """
    high, wide = heights.shape
    for y in range(high):
        j, t = int(rows[0, y]), rows[1, y]
        j1 = min(j + 1, nodes.shape[1] - 1)
        for x in range(wide):
            i, s = int(columns[0, x]), columns[1, x]
            i1 = min(i + 1, nodes.shape[0] - 1)
            low, top = nodes[i, j] * (1 - s) + nodes[i1, j] * s, nodes[i, j1] * (1 - s) + nodes[i1, j1] * s
            height = low * (1 - t) + top * t
            heights[high - 1 - y, x] = height
            pixel = image[high - 1 - y, x]
            if not np.isfinite(height):
                striped = (x + y) % max(2, int(look[4])) < look[5]
                pixel[:] = hatch[0 if striped else 1]
                continue
            rise_x = ((nodes[i1, j] - nodes[i, j]) * (1 - t) + (nodes[i1, j1] - nodes[i, j1]) * t) / look[2]
            rise_y = (top - low) / look[3]
            rise = math.sqrt(rise_x * rise_x + rise_y * rise_y)
            reach = rise * (look[0] + 1)
            first, last = np.searchsorted(levels, height - reach), np.searchsorted(levels, height + reach)
            ink, towards = 0.0, 255.0
            for k in range(first, last if rise > 1e-9 else first):
                covered = look[1] * _line(abs(height - levels[k]) / rise, look[0])
                if covered > ink:
                    ink, towards = covered, 255.0 if levels[k] < 0.5 else 0.0
            at = int(height * 255 + 0.5)
            for k in range(3):
                pixel[k] = np.uint8(table[at, k] + (towards - table[at, k]) * ink + 0.5)
            pixel[3] = 255


_line = njit(nogil=True, inline="always")(_line)
_triangle = njit(nogil=True, error_model="numpy")(_triangle)
lit = _prepare(_lit, types.void(F8[:, ::1], F8[::1], F8, F8[::1], F8[:, ::1]))
surface = _prepare(
    _surface,
    types.void(F8[:, :, ::1], F8[:, ::1], F8[:, ::1], F8[::1], F8[:, ::1], F8[::1], U1[:, :, ::1], F4[:, ::1]),
)
flat = _prepare(
    _flat,
    types.void(F8[:, ::1], F8[:, ::1], F8[:, ::1], F8[::1], F8[:, ::1], F8[::1], U1[:, ::1], U1[:, :, ::1], F8[:, ::1]),
)
halve = _prepare(_halve, types.void(U1[:, :, ::1], U1[:, :, ::1]))
