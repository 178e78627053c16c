"""Tell HR on each reward and penalty from before the limits what became of it."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    incentives = env["outsourcing.incentive"].search([("is_grandfathered", "=", True)])
    for incentive in incentives:
        incentive.message_post(
            body=env._(
                "This record breaks a limit that did not exist when it was proposed: a "
                "cap, or one record per person and source. It is kept as it is. If it "
                "is not decided yet, HR refuses it and proposes it again."
            )
        )
