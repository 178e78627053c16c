from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.one_record import check_one
from .procurement_counting import STEPS, describe_contracts, describe_tenders

DAYS_HELP = "Working days of the company; the mean counts finished steps only."


class OutsourcingProcurementFact(models.Model):
    """One row for each published tender, and for each contract that had none.

    Counted every night; nobody writes it. Reference price, award and vendor are empty
    until the award is final, and the number of bidders until the bids are opened.
    """

    _name = "outsourcing.procurement.fact"
    _description = "Procurement Analysis"
    _inherit = ["outsourcing.fact.mixin"]
    _order = "published_on desc, id desc"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Contract without Tender",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category", index=True, readonly=True
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        readonly=True,
        help="For which the service is bought; of the first request if there are many.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Winner",
        readonly=True,
        help="Empty when several vendors won.",
    )
    procedure_id = fields.Many2one(
        comodel_name="outsourcing.procedure", index="btree_not_null", readonly=True
    )
    method = fields.Selection(selection="_selection_method", readonly=True)
    outcome = fields.Selection(
        selection=[
            ("running", "Running"),
            ("awarded", "Awarded"),
            ("ended", "Ended without Award"),
        ],
        readonly=True,
        index=True,
    )

    # Days of the steps, where the company works
    request_on = fields.Date(string="Request Submitted On", readonly=True)
    request_approved_on = fields.Date(readonly=True)
    price_on = fields.Date(string="Reference Price Approved On", readonly=True)
    published_on = fields.Date(readonly=True, index=True)
    opened_on = fields.Date(readonly=True)
    awarded_on = fields.Date(
        string="Award Final On",
        readonly=True,
        index=True,
        help="Of a contract without tender: the day of its signature.",
    )
    signed_on = fields.Date(readonly=True)
    filed_on = fields.Date(readonly=True)

    # Working days between them
    days_request = fields.Float(
        string="Days: Request to Approval", aggregator="avg", help=DAYS_HELP
    )
    days_price = fields.Float(
        string="Days: Approval to Price", aggregator="avg", help=DAYS_HELP
    )
    days_publish = fields.Float(
        string="Days: Price to Publication", aggregator="avg", help=DAYS_HELP
    )
    days_open = fields.Float(
        string="Days: Publication to Opening", aggregator="avg", help=DAYS_HELP
    )
    days_award = fields.Float(
        string="Days: Opening to Award", aggregator="avg", help=DAYS_HELP
    )
    days_sign = fields.Float(
        string="Days: Award to Signature", aggregator="avg", help=DAYS_HELP
    )
    days_file = fields.Float(
        string="Days: Signature to Filing", aggregator="avg", help=DAYS_HELP
    )
    days_total = fields.Float(
        string="Days: Request to Filing", aggregator="avg", help=DAYS_HELP
    )
    has_days_request = fields.Boolean(readonly=True)
    has_days_price = fields.Boolean(readonly=True)
    has_days_publish = fields.Boolean(readonly=True)
    has_days_open = fields.Boolean(readonly=True)
    has_days_award = fields.Boolean(readonly=True)
    has_days_sign = fields.Boolean(readonly=True)
    has_days_file = fields.Boolean(readonly=True)
    has_days_total = fields.Boolean(readonly=True)

    # Competition
    bidder_count = fields.Integer(
        string="Bidders",
        aggregator="avg",
        readonly=True,
        help="Bids at the opening. The mean counts opened tenders with competition.",
    )
    is_single = fields.Boolean(string="One Bid Only", readonly=True)
    is_direct = fields.Boolean(
        string="Direct Award",
        readonly=True,
        help="A tender by direct award, or a contract without tender.",
    )
    single_share = fields.Float(
        string="Single-Bid Share (%)",
        aggregator="avg",
        readonly=True,
        help="Opened tenders with competition to which only one vendor bid.",
    )
    direct_share = fields.Float(
        string="Share of Direct Awards (%)",
        aggregator="avg",
        readonly=True,
        help="Awards and contracts that no competition stands behind, by number.",
    )
    direct_amount_share = fields.Float(
        string="Share of Direct Awards by Amount (%)", aggregator="avg", readonly=True
    )

    # Money, in the currency of the company at the rate of the day of the award
    amount_reference = fields.Monetary(string="Reference Price", readonly=True)
    amount_awarded = fields.Monetary(string="Awarded Amount", readonly=True)
    amount_saving = fields.Monetary(
        string="Saving",
        readonly=True,
        help="Reference price less the award, at the rate of the day of the award.",
    )
    saving_percent = fields.Float(
        string="Saving (%)",
        aggregator="avg",
        readonly=True,
        help="Saving of all rows together by their reference prices.",
    )

    _tender_unique = models.UniqueIndex("(tender_id) WHERE tender_id IS NOT NULL")
    _contract_unique = models.UniqueIndex("(contract_id) WHERE contract_id IS NOT NULL")

    # ------------------------------------------------------------
    # SELECTION AND COMPUTE METHODS
    # ------------------------------------------------------------

    @api.model
    def _selection_method(self):
        methods = self.env["outsourcing.procedure"]._fields["method"]
        return [
            *methods._description_selection(self.env),
            ("none", self.env._("Without Tender")),
        ]

    @api.depends("tender_id", "contract_id")
    def _compute_display_name(self):
        for row in self:
            # sudo: whoever reads the row reads of which document it is.
            source = row.sudo().tender_id or row.sudo().contract_id
            row.display_name = source.display_name

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_source(self):
        """Open the tender, or the contract without tender, behind the row."""
        check_one(self)
        self.check_access("read")
        source = self.tender_id or self.contract_id
        return {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Count the rows of tenders and contracts that changed since they were."""
        self.env.flush_all()
        self._fact_refresh(self._get_changed_tenders(), self._refresh_tenders)
        self._fact_refresh(self._get_changed_contracts(), self._refresh_contracts)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_changed_tenders(self):
        """Return the ids of published tenders whose row is missing or too old.

        SQL, as no domain compares a column with one of another table.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT tender.id
                  FROM outsourcing_tender tender
                  LEFT JOIN outsourcing_procurement_fact fact
                    ON fact.tender_id = tender.id
                  LEFT JOIN (
                       SELECT tender_id, MAX(write_date) AS changed
                         FROM outsourcing_contract
                        WHERE tender_id IS NOT NULL
                        GROUP BY tender_id) contract
                    ON contract.tender_id = tender.id
                 WHERE tender.publish_date IS NOT NULL
                   AND (fact.id IS NULL
                        OR fact.source_date IS DISTINCT FROM
                           GREATEST(tender.write_date, contract.changed))
                 ORDER BY tender.id
                """
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_changed_contracts(self):
        """Return the ids of signed contracts without tender, changed since."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id
                  FROM outsourcing_contract contract
                  LEFT JOIN outsourcing_procurement_fact fact
                    ON fact.contract_id = contract.id
                 WHERE contract.tender_id IS NULL
                   AND contract.predecessor_id IS NULL
                   AND contract.signed_date IS NOT NULL
                   AND (fact.id IS NULL
                        OR fact.source_date IS DISTINCT FROM contract.write_date)
                 ORDER BY contract.id
                """
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _refresh_tenders(self, ids):
        # sudo: the job counts for every company; roles read the rows.
        tenders = self.env["outsourcing.tender"].sudo().browse(ids).exists()
        contracts = dict(
            self.env["outsourcing.contract"]
            # sudo: as above, also for what was signed.
            .sudo()
            .with_context(active_test=False)
            ._read_group([("tender_id", "in", ids)], ["tender_id"], ["write_date:max"])
        )
        rows = describe_tenders(tenders)
        for tender in tenders:
            changed = contracts.get(tender) or tender.write_date
            rows[tender.id]["source_date"] = max(tender.write_date, changed)
        self._write_rows("tender_id", rows)

    @api.model
    def _refresh_contracts(self, ids):
        # sudo: the job counts for every company; roles read the rows.
        contracts = self.env["outsourcing.contract"].sudo().browse(ids).exists()
        rows = describe_contracts(contracts)
        for contract in contracts:
            rows[contract.id]["source_date"] = contract.write_date
        self._write_rows("contract_id", rows)

    @api.model
    def _write_rows(self, key, rows):
        for row in rows.values():
            reference = row.get("amount_reference")
            row["saving_percent"] = (
                100 * row["amount_saving"] / reference if reference else 0.0
            )
            row["single_share"] = 100.0 if row.get("is_single") else 0.0
            row["direct_share"] = 100.0 if row["is_direct"] else 0.0
            row["direct_amount_share"] = row["direct_share"]
        self._fact_upsert(key, rows)

    @api.model
    def _fact_get_expression(self, name):
        if name in {step[0] for step in STEPS}:
            # Not reached is not zero days.
            return "AVG(%(days)s) FILTER (WHERE %(has)s)", {
                "days": name,
                "has": f"has_{name}",
            }
        competed = "WHERE %(opened_on)s IS NOT NULL AND NOT %(is_direct)s"
        expressions = {
            "bidder_count": f"AVG(%(bidder_count)s) FILTER ({competed})",
            "single_share": f"AVG(%(single_share)s) FILTER ({competed})",
            "direct_share": "AVG(%(direct_share)s)"
            " FILTER (WHERE %(awarded_on)s IS NOT NULL)",
            "direct_amount_share": "100 * SUM(%(amount_awarded)s)"
            " FILTER (WHERE %(is_direct)s) / NULLIF(SUM(%(amount_awarded)s), 0)",
            "saving_percent": "100 * SUM(%(amount_saving)s)"
            " / NULLIF(SUM(%(amount_reference)s), 0)",
        }
        if name not in expressions:
            return super()._fact_get_expression(name)
        columns = (
            name,
            "opened_on",
            "awarded_on",
            "is_direct",
            "amount_awarded",
            "amount_saving",
            "amount_reference",
        )
        return expressions[name], {column: column for column in columns}
