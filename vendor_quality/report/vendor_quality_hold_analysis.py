from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ..models.gate.vendor_quality_hold import ACTORS


class VendorQualityHoldAnalysis(models.Model):
    """Bills that are held now: who must act, for how long already, how much.

    One row per active hold, with the id of the hold. Amounts are in the company's
    currency. Read by whoever reads holds; nobody writes it.
    """

    _name = "vendor.quality.hold.analysis"
    _description = "Analysis of Blocked Bills"
    _auto = False
    _order = "age_days desc, id"
    _rec_name = "hold_id"
    _depends = {
        "vendor.quality.hold": [
            "actor",
            "company_id",
            "contract_id",
            "create_date",
            "move_id",
            "partner_id",
            "payment_id",
            "stage",
            "state",
        ],
        "account.move": ["amount_total_signed", "invoice_date_due"],
        "account.payment": ["amount_company_currency_signed"],
        "res.company": ["currency_id"],
    }

    hold_id = fields.Many2one(comodel_name="vendor.quality.hold", readonly=True)
    move_id = fields.Many2one(comodel_name="account.move", string="Bill", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", readonly=True
    )
    contract_id = fields.Many2one(comodel_name="outsourcing.contract", readonly=True)
    stage = fields.Selection(
        selection=[
            ("post", "Posting"),
            ("payment", "Payment"),
            ("bank", "Paid by the bank"),
            ("leak", "Passed without a decision"),
        ],
        readonly=True,
    )
    actor = fields.Selection(selection=ACTORS, string="Who Must Act", readonly=True)
    date_held = fields.Date(string="Held Since", readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    age_days = fields.Integer(
        string="Days Held",
        readonly=True,
        aggregator="avg",
        help="Calendar days since the hold was placed.",
    )
    age_band = fields.Selection(
        selection=[
            ("a", "Up to 7 days"),
            ("b", "8 to 30 days"),
            ("c", "31 to 90 days"),
            ("d", "Over 90 days"),
        ],
        string="Age",
        readonly=True,
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    amount = fields.Monetary(
        string="Bill Total",
        readonly=True,
        help="Tax included, in the company's currency.",
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_hold(self):
        """Open the hold of the row."""
        check_one(self)
        return self.hold_id._get_records_action()

    # ------------------------------------------------------------
    # QUERY
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT held.*, CASE WHEN age_days <= 7 THEN 'a' WHEN age_days <= 30 THEN 'b'
                                WHEN age_days <= 90 THEN 'c' ELSE 'd' END AS age_band
              FROM (
                SELECT hold.id, hold.id AS hold_id, hold.move_id, hold.company_id,
                       hold.partner_id, hold.contract_id, hold.stage, hold.actor,
                       %(held)s AS date_held,
                       move.invoice_date_due AS date_due, company.currency_id,
                       ABS(COALESCE(move.amount_total_signed,
                           payment.amount_company_currency_signed)) AS amount,
                       %(today)s::date - %(held)s AS age_days
                  FROM vendor_quality_hold hold
                  LEFT JOIN account_move move ON move.id = hold.move_id
                  LEFT JOIN account_payment payment ON payment.id = hold.payment_id
                  JOIN res_company company ON company.id = hold.company_id
                 WHERE hold.state = 'active') held
            """,
            held=SQL(
                "(hold.create_date AT TIME ZONE 'UTC' "
                "AT TIME ZONE company.outsourcing_tz)::date"
            ),
            today=self.env.company._outsourcing_today(),
        )
