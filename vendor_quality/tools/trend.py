"""Coordinates of a small line chart, without Odoo."""

WIDTH = 400
HEIGHT = 200
LEFT, RIGHT, TOP, BOTTOM = 40, 36, 12, 28


def get_chart(points, lines=()):
    """Return the geometry of scores over time.

    :param points: ``[(label, score)]`` in order of time, scores in 0..100 or
        None for a period without a score, which leaves a gap
    :param lines: ``[(name, score)]`` of lines across, such as lower bounds
    """
    span = WIDTH - LEFT - RIGHT
    step = span / max(len(points) - 1, 1)
    dots, strokes, stroke = [], [], []
    for index, (label, score) in enumerate(points):
        x = LEFT + (step * index if len(points) > 1 else span / 2)
        if score is None:
            strokes.append(stroke)
            stroke = []
            continue
        y = _get_y(score)
        dots.append({"x": round(x, 1), "y": y, "label": label, "score": score})
        stroke.append(f"{x:.1f},{y}")
    strokes.append(stroke)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "dots": dots,
        "strokes": [" ".join(part) for part in strokes if len(part) > 1],
        "ticks": [{"y": _get_y(value), "label": value} for value in range(0, 101, 25)],
        "lines": [{"y": _get_y(score), "name": name} for name, score in lines],
        "labels": _get_labels(points, step),
    }


def _get_y(score):
    span = HEIGHT - TOP - BOTTOM
    return round(TOP + span * (100 - float(score)) / 100, 1)


def _get_labels(points, step):
    """Label the first, the last and as many between as are readable."""
    every = max(1, -(-len(points) // 5))
    return [
        {"x": round(LEFT + step * index, 1), "label": label}
        for index, (label, _score) in enumerate(points)
        if index % every == 0 and len(points) > 1
    ] or [
        {"x": LEFT + (WIDTH - LEFT - RIGHT) / 2, "label": label} for label, _s in points
    ]
