"""The rasteriser against surfaces whose picture is known."""

from __future__ import annotations

import numpy as np
import pytest

from app.plots import colours
from app.plots.surface.camera import TALL, Camera
from app.plots.surface.rendering import Scene, render

WIDE, HIGH = 240, 180
NONE = np.zeros(0)


def pixels(image) -> np.ndarray:
    """uint8 (h, w, 4)."""
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


def fitted(**pose) -> Camera:
    return Camera(**pose).fitted(10, 10, WIDE - 20, HIGH - 20)


def grid(function, size=41) -> np.ndarray:
    x = np.linspace(-1, 1, size)
    return np.asarray(function(x[:, None], x[None, :]), float) + np.zeros((size, size))


@pytest.mark.parametrize("perspective", [True, False])
@pytest.mark.parametrize("pose", [{}, {"azimuth": 100.0, "elevation": 60.0}, {"azimuth": -170.0, "zoom": 2.0}])
def test_unprojecting_inverts_projecting(pose, perspective):
    camera = fitted(**pose, perspective=perspective)
    points = np.random.default_rng(0).uniform((-1, -1, 0), (1, 1, TALL), (50, 3))
    np.testing.assert_allclose(camera.unproject(camera.project(points)), points, atol=1e-9)


def test_the_box_fits_at_any_azimuth_and_does_not_breathe():
    scales = set()
    for azimuth in range(-180, 180, 15):
        camera = fitted(azimuth=float(azimuth))
        corners = camera.project(np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (0, TALL)]))
        assert corners[:, 0].min() >= 9
        assert corners[:, 0].max() <= WIDE - 9
        assert corners[:, 1].min() >= 9
        assert corners[:, 1].max() <= HIGH - 9
        scales.add(round(camera.scale, 6))
    assert len(scales) == 1


@pytest.mark.parametrize("perspective", [True, False])
def test_depth_is_that_of_the_plane_at_every_pixel(perspective):
    """A tilted plane, by intersecting the ray of each pixel with it."""
    camera = fitted(azimuth=25.0, perspective=perspective)
    drawn = render(Scene(grid(lambda a, b: 0.5 + 0.3 * a - 0.1 * b), NONE), camera, WIDE, HIGH, 1.0, False)
    seen = drawn.depth > 0
    assert 0.1 < seen.mean() < 0.6
    rows, columns = np.nonzero(seen)
    points = camera.unproject(np.column_stack([columns + 0.5, rows + 0.5, drawn.depth[seen]]))
    want = TALL * (0.5 + 0.3 * points[:, 0] - 0.1 * points[:, 1])
    np.testing.assert_allclose(points[:, 2], want, atol=2e-5 if perspective else 2e-3)
    assert np.abs(points[:, :2]).max() < 1 + 1e-3


def test_what_is_nearer_hides_what_is_farther_in_any_order():
    """A ridge near the eye hides the hollow behind it, from either side."""
    ridge = grid(lambda a, b: np.where(np.abs(b + 0.4) < 0.2, 1.0, 0.0), 81)
    for heights, azimuth in ((ridge, 0.0), (ridge[::-1, ::-1], 180.0)):
        camera = fitted(azimuth=azimuth, elevation=50.0)
        drawn = render(Scene(heights, NONE), camera, WIDE, HIGH)
        side = 1 if azimuth == 0 else -1
        behind, front = np.array([[0.0, -0.05 * side, 0.0]]), np.array([[0.0, -0.4 * side, TALL]])
        far = np.array([[0.0, 0.9 * side, 0.0]])
        assert not drawn.visible(camera.project(behind)).any()
        assert drawn.visible(camera.project(front)).all()
        assert drawn.visible(camera.project(far)).all()


def test_a_point_that_is_not_finite_leaves_the_background():
    heights = grid(lambda a, b: 0.4 + 0 * a * b)
    camera = fitted()
    whole = render(Scene(heights, NONE), camera, WIDE, HIGH)
    heights[20, 20] = np.nan
    holed = render(Scene(heights, NONE), camera, WIDE, HIGH)
    x, y, _ = camera.project(np.array([0.0, 0.0, 0.4 * TALL]))
    assert pixels(whole.image)[int(y), int(x), 3] == 255
    assert pixels(holed.image)[int(y), int(x), 3] == 0
    assert holed.place_at(x, y) is None
    gone = (whole.depth > 0) & ~(holed.depth > 0)
    assert 0 < gone.sum() < 0.01 * (whole.depth > 0).sum()


def test_all_holes_draw_nothing():
    drawn = render(Scene(np.full((5, 5), np.nan), NONE), fitted(), WIDE, HIGH)
    assert not pixels(drawn.image).any()


def test_colours_go_with_height():
    """Level surfaces are lit with 1: their colour is that of the table, between the lines of the mesh."""
    for height in (0.0, 0.5, 1.0):
        camera = fitted(elevation=80.0)
        drawn = render(Scene(np.full((2, 2), height), NONE), camera, WIDE, HIGH, 1.0, False)
        x, y, _ = camera.project(np.array([0.3, 0.2, height * TALL]))
        want = colours.viridis()[round(height * 255), :3].astype(int)
        assert np.abs(pixels(drawn.image)[int(y), int(x), :3].astype(int) - want).max() <= 1


def test_slopes_that_face_the_light_are_brighter():
    camera = fitted(azimuth=0.0, elevation=80.0)
    bright = []
    for slope in (0.5, -0.5):
        drawn = render(Scene(grid(lambda a, b, slope=slope: 0.5 + slope * a + 0 * b), NONE), camera, WIDE, HIGH)
        x, y, _ = camera.project(np.array([0.0, 0.0, 0.5 * TALL]))
        bright.append(pixels(drawn.image)[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3, :3].mean())
    assert bright[0] > 1.2 * bright[1]  # rises to the right, so it faces the left


@pytest.mark.parametrize("size", [41, 2])
@pytest.mark.parametrize("azimuth", [0.0, -90.0])
def test_a_contour_lies_where_the_surface_has_its_height(azimuth, size):
    """From the side and from the front, where the eye sees the far half of a large cell smaller."""
    camera = fitted(azimuth=azimuth, elevation=50.0)
    slope = grid(lambda a, b: 0.5 + 0.45 * a + 0 * b, size)
    level = 0.4
    drawn = render(Scene(slope, np.array([level])), camera, WIDE, HIGH, 1.0, False)
    plain = pixels(render(Scene(slope, NONE), camera, WIDE, HIGH, 1.0, False).image).astype(int)
    changed = np.abs(pixels(drawn.image).astype(int) - plain).sum(-1) > 60
    rows, columns = np.nonzero(changed)
    assert len(rows) > 40
    points = camera.unproject(np.column_stack([columns + 0.5, rows + 0.5, drawn.depth[changed]]))
    away = 0.5 + 0.45 * points[:, 0] - level
    assert abs(away.mean()) < 0.005
    assert np.abs(away).max() < 0.02
    assert np.ptp(points[:, 1]) > 1.8  # from one edge to the other


@pytest.mark.parametrize("azimuth", [-32.0, 60.0, 170.0])
def test_picking_finds_the_place_that_was_projected(azimuth):
    camera = fitted(azimuth=azimuth)
    drawn = render(Scene(grid(lambda a, b: 0.3 * (a**2 + b**2)), NONE), camera, WIDE, HIGH)
    for a, b in ((0.0, 0.0), (0.5, -0.3), (-0.4, 0.6)):
        x, y, _ = camera.project(np.array([a, b, 0.3 * (a**2 + b**2) * TALL]))
        assert drawn.place_at(x, y)[:2] == pytest.approx([a, b], abs=0.05)
    assert drawn.place_at(1, 1) is None
    assert drawn.place_at(-5, 1e6) is None


@pytest.mark.parametrize("ratio", [1.25, 2.0])
def test_dense_screens_get_all_their_pixels(ratio):
    camera, heights = fitted(), grid(lambda a, b: 0.2 + 0.1 * a + 0 * b)
    drawn = render(Scene(heights, NONE), camera, WIDE, HIGH, ratio)
    assert (drawn.image.width(), drawn.image.height()) == (WIDE * ratio, HIGH * ratio)
    x, y, _ = camera.project(np.array([0.5, 0.5, 0.25 * TALL]))
    assert drawn.place_at(x, y) == pytest.approx([0.5, 0.5, 0.25 * TALL], abs=0.02)


def test_edges_are_smooth():
    image = pixels(render(Scene(np.full((2, 2), 0.5), NONE), fitted(), WIDE, HIGH).image)
    edge = (image[..., 3] > 0) & (image[..., 3] < 255)
    assert edge.sum() > 50
    assert (image[..., :3].max(-1) <= image[..., 3]).all()  # colours are multiplied by their opacity
