"""The small pictures: right way up, right cells, bounded sizes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app import worker_pictures as pictures
from engine.data import DataSpec, from_arrays, load


def test_grid_runs_from_the_lower_left():
    points = pictures.grid((0.0, 4.0, 10.0, 12.0), 4, 2)
    assert points[0].tolist() == [0.5, 10.5]
    assert points[3].tolist() == [3.5, 10.5]
    assert points[-1].tolist() == [3.5, 11.5]


def test_plane_only_for_two_features():
    assert pictures.plane_extent(load(DataSpec.of("iris"))) is None
    data = from_arrays(np.array([[0.0, 0.0], [2.0, 1.0]]), np.array([0, 1]))
    assert pictures.plane_extent(from_arrays([[0, 1], [1, 1]], [0, 1], vocabulary=2)) is None
    assert pictures.plane_extent(from_arrays(np.eye(2), np.eye(2, dtype=int), task="sequence")) is None
    x0, x1, y0, y1 = pictures.plane_extent(data)
    assert x1 - x0 == y1 - y0 > 2
    assert (x0 + x1) / 2 == 1.0


@given(st.integers(1, 200))
def test_tiling_has_room_for_all_that_are_shown(count):
    columns, rows = pictures.tiling(count)
    assert columns * rows >= min(count, 24)
    assert columns * rows <= 2 * min(count, 24)


def test_tiles_are_upright_and_each_on_its_own_scale():
    height, width = pictures.MAP_HEIGHT, round(pictures.MAP_HEIGHT * pictures.ASPECT)
    units = np.zeros((height, width, 2))
    units[-1, :, 0] = 5.0  # the highest y
    units[0, :, 1] = -0.1  # the lowest y
    picture = pictures.tiles(units)
    half = picture.shape[1] // 2
    assert picture[0, : half - 1].min() == 1.0
    assert picture[-1, half + 1 :].max() == -1.0


def test_points_stand_where_the_data_is():
    data = from_arrays(np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([0, 1]))
    picture = pictures.points_map(data, pictures.plane_extent(data))
    ((low_row, low_column),) = np.argwhere(picture == -1)
    ((high_row, high_column),) = np.argwhere(picture == 1)
    assert low_row > high_row
    assert low_column < high_column


def test_value_pictures_are_small():
    batch = np.arange(500 * 1000, dtype=np.float32).reshape(500, 1000)
    picture = pictures.value_picture(batch, None)
    assert picture.shape[0] <= pictures.ROWS
    assert picture.shape[1] <= pictures.COLUMNS
    assert pictures.value_picture(np.float32(3.0), None).tolist() == [[3.0]]
    mosaic = pictures.value_picture(np.ones((64, 8, 8), np.float32), (8, 8))
    assert mosaic.shape == (17, 35)


def test_channels_are_drawn_as_maps_and_steps_side_by_side():
    value = np.arange(2 * 8 * 4 * 4, dtype=np.float32).reshape(2, 8, 4, 4)
    maps = pictures.value_picture(value, None)
    columns, rows = pictures.tiling(8)
    assert maps.shape == (rows * 5 - 1, columns * 5 - 1)
    assert np.array_equal(maps[:4, 5:9], value[0, 1])
    single = pictures.value_picture(value[:, :1], None)
    assert np.array_equal(single[:4, :4], value[0, 0])
    assert np.array_equal(single[:4, -4:], value[1, 0])
    steps = pictures.value_picture(np.arange(2 * 5 * 3, dtype=np.float32).reshape(2, 5, 3), None)
    assert steps.tolist() == [[0, 3, 6, 9, 12], [1, 4, 7, 10, 13], [2, 5, 8, 11, 14]]


def test_layers_of_one_branch_stand_behind_each_other():
    import engine
    from app.worker_pictures import branch_after_branch
    from engine.files import LESSONS

    net = engine.load(LESSONS / "vanishing_gradients.chainrule")
    order = branch_after_branch(net)
    assert sorted(order) == sorted(net.nodes)
    for branch in ("sigmoid", "tanh", "relu"):
        names = [*(f"{branch} {k}" for k in range(1, 5)), f"{branch} out", f"{branch} loss"]
        start = order.index(names[0])
        assert order[start : start + 6] == names
    loop = engine.load(LESSONS / "elman_rnn.chainrule")
    places = {id: i for i, id in enumerate(branch_after_branch(loop))}
    for wire in loop.wires:
        assert places[wire.source] < places[wire.target] or loop.nodes[wire.target].kind == "Delay"
