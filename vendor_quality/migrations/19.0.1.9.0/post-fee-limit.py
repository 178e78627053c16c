"""Keep the fees of contracts that were above the amount before there was a limit."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.vendor_quality.models.form.fee_limit import COUNTED_STATES


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    totals = env["vendor.quality.form"]._read_group(
        [("state", "in", (*COUNTED_STATES, "collected", "superseded"))],
        ["contract_id"],
        ["fee_amount:sum"],
    )
    for contract, total in totals:
        if 0 < contract.amount_total < total:
            server_write(contract, {"vendor_quality_fees_before": total})
