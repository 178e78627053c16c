"""Give awards by line their part of the reference price.

The savings of their tenders and the rows of the analysis follow from it.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.award.reference_share import (
    get_reference_parts,
)
from odoo.addons.outsourcing_mgmt.models.base.grants import server_write


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    lines = env["outsourcing.award.line"].search(
        [
            ("award_id.tender_id.award_by_line", "=", True),
            ("reference_amount", "in", (False, 0)),
        ]
    )
    for tender, mine in lines.grouped(lambda line: line.award_id.tender_id).items():
        parts = get_reference_parts(tender)
        for line in mine:
            part = parts.get(line.tender_line_id.id, 0.0)
            server_write(line, {"reference_amount": part})
