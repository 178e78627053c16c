"""Note who entered the claim of each bid guarantee, and its amount."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    bids = env["outsourcing.bid"].search(
        [
            ("guarantee_called_on", "!=", False),
            ("guarantee_called_by_id", "=", False),
        ]
    )
    steps = env["outsourcing.audit.log"].search(
        [
            ("part_model", "=", bids._name),
            ("part_id", "in", bids.ids),
            ("verb", "=", "guarantee_called"),
        ]
    )
    users = {step.part_id: step.user_id.id for step in steps}
    for bid in bids:
        server_write(
            bid,
            {
                "guarantee_called_by_id": users.get(bid.id),
                "guarantee_call_amount": bid.tender_id.bid_guarantee_amount,
            },
        )
