"""How a metric turns values into points, as a table and a line to look at."""

from .scoring import normalise, to_decimal

WIDTH, HEIGHT = 320, 120


def get_examples(anchors):
    """Return ``[(value, points, is_anchor)]``: the anchors and one value between.

    :param list anchors: ``(value, points)`` in rising order of the values
    """
    rows = []
    for index, (value, points) in enumerate(anchors):
        if index:
            before = anchors[index - 1][0]
            middle = round((before + value) / 2, 4)
            rows.append((middle, _plain(normalise(middle, anchors)), False))
        rows.append((value, _plain(to_decimal(points)), True))
    return rows


def get_chart(anchors):
    """Return the line of the points in a box of ``WIDTH`` by ``HEIGHT``.

    It runs a little beyond the first and the last anchor, where it is flat.
    """
    first, last = anchors[0][0], anchors[-1][0]
    margin = (last - first) / 8
    low, width = first - margin, last - first + 2 * margin

    def place(value, points):
        return (
            round((value - low) / width * WIDTH, 1),
            round(HEIGHT - points / 100 * HEIGHT, 1),
        )

    dots = [place(value, points) for value, points in anchors]
    ends = [place(low, anchors[0][1]), place(low + width, anchors[-1][1])]
    line = [ends[0], *dots, ends[1]]
    return {
        "line": " ".join(f"{x},{y}" for x, y in line),
        "dots": [
            {"x": x, "y": y, "value": value, "points": points}
            for (x, y), (value, points) in zip(dots, anchors, strict=True)
        ],
        "width": WIDTH,
        "height": HEIGHT,
    }


def _plain(number):
    return float(round(number, 1))
