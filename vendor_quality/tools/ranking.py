"""How vendors are compared: weights, interval, shrinkage. No ORM.

The ranking of Odoo runs the same arithmetic in SQL, with the figures below.

**Score**: mean of the rated periods, each weighted by its fee times
``RECENCY ** months of age``.

**Interval** (95 %): ``score -+ t * s / sqrt(m)``.
``m = (sum w)^2 / sum w^2`` is the effective number of periods (L. Kish, Survey
Sampling, 1965). ``s^2`` pools the spread of the vendor's own scores with that of
all vendors, as if the latter were ``PRIOR`` more periods (the moderated variance
of G. Smyth, Statistical Applications in Genetics and Molecular Biology 3, 2004,
with fixed degrees of freedom): two equal scores do not make a vendor certain.
``t`` is Student's 97.5 % point for ``n - 1 + PRIOR`` degrees of freedom.

**Ranking score**: ``(n * score + PRIOR * mean) / (n + PRIOR)`` with the mean of all
rated periods of the company: one lucky month is no first place. It orders
vendors and decides nothing else: grades, the gate and deductions use the score of
each form as it is.
"""

MONTHS = 12
MAX_MONTHS = 60
# Six months halve the weight of a period.
RECENCY = 0.5 ** (1 / 6)
PRIOR = 3
# Vendors with fewer rated periods are listed, not ranked.
MIN_PERIODS = 3
# Periods on either side of a trend, and the points that make one.
TREND_PERIODS = 3
TREND_POINTS = 2.0
# Student's t, 97.5 %, for 1, 2, ... 30 degrees of freedom. Beyond, the last one: a
# little too wide rather than too narrow.
T_TABLE = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
