"""Give the forms from before their deductions, and the standings their ground.

Scores, amounts and hashes stay as they are. Without the items nothing could be
credited on the bills of these forms; without the form that blocks, a block would
end together with its contract.
"""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.vendor_quality.models.form.form_result import sync_deductions
from odoo.addons.vendor_quality.models.form.vendor_quality_form_fee import (
    approve_deductions,
)
from odoo.addons.vendor_quality.tools import replay

# A line is written by the million; what it has from its form is read from there.
GONE = (
    *("company_id", "contract_id", "create_uid", "write_uid"),
    *("create_date", "write_date"),
)
STATES = ("collected", "vendor_review", "review", "approved")


def migrate(cr, version):
    cr.execute(
        "UPDATE vendor_quality_form SET retention_amount = 0, "
        "retention_released_amount = 0 WHERE retention_amount IS NULL"
    )
    for column in GONE:
        cr.execute(
            SQL(
                "ALTER TABLE vendor_quality_form_line DROP COLUMN IF EXISTS %s",
                SQL.identifier(column),
            )
        )
    env = api.Environment(cr, SUPERUSER_ID, {})
    forms = env["vendor.quality.form"].search(
        [("state", "in", STATES), ("deduction_ids", "=", False)], order="date_end, id"
    )
    # Only what was collected can be split; lines have rules from then on.
    forms = forms.filtered(lambda form: all(line.rules for line in form.line_ids))
    splits = {}
    for form in forms:
        document = form._get_document_inputs()
        result, lines = replay.compute(document)
        splits[form] = replay.split_fee(
            document, result["deduction_rate"], result["stayed_rate"], lines
        )
    sync_deductions(forms, splits)
    approve_deductions(forms.filtered(lambda form: form.state == "approved"))
    approved = env["vendor.quality.form"].search([("state", "=", "approved")])
    env["vendor.quality.standing"]._update(approved.contract_id)
