"""Draws and intervals of surveys, without a database."""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "itsm_desk" / "tools"))

from survey_figures import (  # noqa: E402
    draw,
    get_mean_interval,
    get_share_interval,
    get_t_quantile,
)


def test_draw_is_decided_by_the_seed():
    people = list(range(1000))
    first = draw(people, 7, 100)
    assert first == draw(reversed(people), 7, 100)
    assert first != draw(people, 8, 100)
    assert len(set(first)) == 100
    assert set(draw(people, 7, 0)) == set(people)
    # Nobody is preferred: the halves are drawn alike.
    low = sum(item < 500 for seed in range(50) for item in draw(people, seed, 100))
    assert 2350 < low < 2650


def test_t_quantiles():
    # Of a table of Student's t distribution.
    for freedom, value in (
        (1, 12.706),
        (5, 2.571),
        (30, 2.042),
        (40, 2.021),
        (120, 1.980),
    ):
        assert math.isclose(get_t_quantile(freedom), value, abs_tol=0.001)


def test_mean_interval():
    assert get_mean_interval(0, 0, 0, 1, 5) is None
    assert get_mean_interval(1, 4, 16, 1, 5) == (4, 1, 5)
    mean, low, high = get_mean_interval(6, 23, 95, 1, 5)
    # 2.571 * sqrt(1.3667 / 6) on each side, cut at the scale.
    assert math.isclose(mean, 23 / 6)
    assert math.isclose(low, 2.6063, abs_tol=0.001)
    assert high == 5
    assert get_mean_interval(4, 16, 64, 1, 5) == (4, 4, 4)


def test_share_interval():
    assert get_share_interval(0, 0) is None
    share, low, high = get_share_interval(0, 10)
    assert (share, low) == (0, 0) and math.isclose(high, 0.2775, abs_tol=0.001)
    share, low, high = get_share_interval(5, 10)
    assert math.isclose(low, 0.2366, abs_tol=0.001)
    assert math.isclose(high, 0.7634, abs_tol=0.001)
