"""Enter the numbers that were given before into the register; contracts without gaps.

The year in a number becomes the one of its counter: at the turn of the year they
differed for some hours.

Given numbers stay, those of drafts, too.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.number.numbering import enter_given

NUMBERED = (
    "outsourcing.request",
    "outsourcing.reference.price",
    "outsourcing.tender",
    "outsourcing.award",
    "outsourcing.objection",
    "outsourcing.contract",
    "outsourcing.finding",
    "outsourcing.incentive",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    # A sequence has the code that is the name of its model.
    for sequence in (
        env["ir.sequence"]
        .with_context(active_test=False)
        .search([("code", "in", NUMBERED), ("use_date_range", "=", True)])
    ):
        sequence.prefix = (sequence.prefix or "").replace("%(year)s", "%(range_year)s")
    for name in NUMBERED:
        enter_given(env[name])
    for sequence in env["ir.sequence"].search(
        [("code", "=", "outsourcing.contract"), ("implementation", "=", "standard")]
    ):
        # Read before: the counters of PostgreSQL are dropped with the change.
        counters = [
            (counter, counter.number_next_actual)
            for counter in (sequence, *sequence.date_range_ids)
        ]
        sequence.implementation = "no_gap"
        for counter, number in counters:
            counter.number_next = number
