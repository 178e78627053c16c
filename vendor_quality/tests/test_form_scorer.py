from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import fee_split, formula, replay, scoring

PROFILE = settings(max_examples=150, deadline=None, derandomize=True)
TEMPLATE = {
    "min_coverage": 40.0,
    "critical_cap": 59.0,
    "bands": [[0.0, "D"], [60.0, "C"], [75.0, "B"], [90.0, "A"]],
    "deductions": [[0.0, 20.0], [60.0, 10.0], [75.5, 5.0], [90.0, 0.0]],
}
ANCHORS = (
    [[80.0, 0.0], [90.0, 33.3], [100.0, 100.0]],
    [[0.0, 100.0], [3.0, 70.0], [10.0, 0.0]],
    [[50.0, 0.0], [60.0, 100.0], [70.0, 100.0], [80.0, 0.0]],
)
FORMULAS = (None, None, None, "(m0 + m1) / 2", "min(m0, m1) if m1 > 50 else m0 / m1")

points = st.floats(0, 100, allow_nan=False)
rules = st.builds(
    lambda anchors, policy, neutral, sample, critical, scale, text: {
        "anchors": anchors,
        "missing_policy": policy,
        "neutral_points": neutral,
        "min_sample": sample,
        "critical_minimum": critical,
        "scale": scale,
        "formula": text,
    },
    st.sampled_from(ANCHORS),
    st.sampled_from(scoring.MISSING_POLICIES),
    points,
    st.integers(1, 3),
    st.none() | points,
    st.sampled_from([1, 100]),
    st.sampled_from(FORMULAS),
)
figures = st.builds(
    lambda numerator, denominator, sample, carried, disputed, awarded: {
        "numerator": numerator,
        "denominator": denominator,
        "sample": sample,
        "carried": carried,
        "disputed": disputed,
        "awarded": awarded,
        "evidence": {},
    },
    st.sampled_from([0.0, -0.0, 1.0, 3.0, 17.0, 97.6, 1e15, -5.25]),
    st.sampled_from([0.0, 1.0, 3.0, 20.0, 100.0]),
    st.integers(0, 4),
    st.none() | points,
    st.booleans(),
    st.none() | points,
)


@st.composite
def batches(draw):
    """Return documents that share their rules, as those of one template do."""
    shared = draw(st.lists(rules, min_size=2, max_size=6))
    weights = draw(
        st.lists(st.integers(1, 9000), min_size=len(shared), max_size=len(shared))
    )
    # The first two are counted, so that formulas find their operands.
    shared[:2] = [{**item, "formula": None} for item in shared[:2]]
    return [
        {
            "fee": draw(st.sampled_from(["0.00", "0.01", "9999.99", "1e15"])),
            "rounding": "0.01",
            "template": TEMPLATE,
            "lines": [
                {"code": f"m{index}", "weight": weight, "rules": item, **draw(figures)}
                for index, (item, weight) in enumerate(
                    zip(shared, weights, strict=True)
                )
            ],
        }
        for _document in range(draw(st.integers(1, 4)))
    ]


def compute_plainly(document):
    """The rules of the score written down without memory or preparation."""
    lines, template = document["lines"], document["template"]
    values = {}
    for line in lines:
        if not line["rules"]["formula"]:
            values[line["code"]] = get_value(line)
    measured = dict(values)
    for line in lines:
        if text := line["rules"]["formula"]:
            values[line["code"]] = formula.Formula(text)(measured)
    items = [get_points(line, values[line["code"]], line["awarded"]) for line in lines]
    stayed_items = [
        get_points(
            line, values[line["code"]], 100 if line["disputed"] else line["awarded"]
        )
        for line in lines
    ]
    limits = template["min_coverage"], template["critical_cap"]
    score = scoring.get_score(items, *limits)
    stayed = scoring.get_score(stayed_items, *limits)
    rate = get_rate(score, template)
    stayed_rate = min(rate, get_rate(stayed, template))
    split = fee_split.split_fee(
        document["fee"],
        rate,
        stayed_rate,
        document["rounding"],
        facts=fee_split.Facts(
            disputed=frozenset(line["code"] for line in lines if line["disputed"])
        ),
    )
    return (
        {
            "score": score.score,
            "raw_score": score.raw_score,
            "stayed_score": stayed.score,
            "coverage": score.coverage,
            "grade": get_grade(score, template),
            "stayed_grade": get_grade(stayed, template),
            "failed_critical": sorted(score.failed_critical),
            "deduction_rate": rate,
            "stayed_rate": stayed_rate,
            "deduction": split.deduction,
            "disputed": split.disputed,
            "payable": split.payable,
        },
        [
            {
                "code": line["code"],
                "value": values[line["code"]],
                "points": item.points,
                "measured": item.measured,
                "failed_critical": item.failed_critical,
            }
            for line, item in zip(lines, items, strict=True)
        ],
    )


def get_value(line):
    if not line["denominator"] or line["sample"] < line["rules"]["min_sample"]:
        return None
    return scoring.CONTEXT.divide(
        scoring.CONTEXT.multiply(
            scoring.to_decimal(line["numerator"]),
            scoring.to_decimal(line["rules"]["scale"]),
        ),
        scoring.to_decimal(line["denominator"]),
    )


def get_points(line, value, awarded):
    item = line["rules"]
    metric = scoring.Metric(
        key=line["code"],
        weight=line["weight"],
        anchors=item["anchors"],
        missing_policy=item["missing_policy"],
        neutral_points=item["neutral_points"],
        min_sample=0 if item["formula"] else item["min_sample"],
        critical_minimum=item["critical_minimum"],
    )
    return scoring.get_points(metric, value, line["sample"], line["carried"], awarded)


def get_rate(result, template):
    if result.score is None:
        return scoring.ZERO
    return scoring.get_rate(result.score, template["deductions"])


def get_grade(result, template):
    if result.score is None:
        return None
    bounds = [bound for bound, _grade in template["bands"]]
    return template["bands"][scoring.find_band(result.score, bounds)][1]


def as_texts(values):
    return {
        name: value if isinstance(value, str | list | bool) else replay.get_text(value)
        for name, value in values.items()
    }


class TestScorer(BaseCase):
    """Preparing and remembering changes no digit."""

    @PROFILE
    @given(batches())
    def test_a_batch_equals_the_plain_rules(self, documents):
        scorer = replay.Scorer()
        for document in documents:
            result, lines = compute_plainly(document)
            expected = as_texts(result), [as_texts(line) for line in lines]
            # Twice: the second time everything is remembered.
            for _time in range(2):
                computed = scorer.compute(document)
                self.assertEqual(computed, expected)
            self.assertEqual(replay.compute(document), expected)

    @PROFILE
    @given(batches())
    def test_memory_may_run_out(self, documents):
        scorer = replay.Scorer()
        self.patch(replay, "MEMORY", 1)
        for document in documents:
            self.assertEqual(scorer.compute(document), replay.compute(document))
