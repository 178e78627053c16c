from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.i18n import format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import (
    server_create,
    server_unlink,
    server_write,
)
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

RUNNING_STATES = ("signed", "active", "expiring")


class VendorQualityStanding(models.Model):
    """The standing of a vendor in one contract, from its last approved form.

    One row per contract, kept by the server; nobody writes it.

    Invitations and orders are blocked by the last form with a score: a period
    that is not rated lifts nothing, nor does superseding a form lift what it
    blocks before its successor is approved. An improvement plan for the
    blocking period that is closed as effective lifts them. Blocks of an ended
    contract count for some months (a setting of the company) after the last
    period; of all contracts of a vendor the worst counts.
    """

    _name = "vendor.quality.standing"
    _description = "Vendor Standing"
    _inherit = ["outsourcing.server.rows.mixin"]
    _order = "company_id, score, id"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Last Approved Form",
        readonly=True,
        index="btree_not_null",
        help="Score, grade and what is blocked for bills come from this form.",
    )
    date_end = fields.Date(
        string="Period To",
        readonly=True,
        index=True,
        help="Last day of the period that the score is about.",
    )
    block_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Form Behind the Blocks",
        readonly=True,
        index="btree_not_null",
        help="The last form with a score, which decides on invitations and orders.",
    )
    block_date_end = fields.Date(
        related="block_form_id.date_end", string="Blocking Period To", store=True
    )
    lifted_by_id = fields.Many2one(
        comodel_name="vendor.quality.improvement.plan",
        string="Lifted By",
        readonly=True,
        index="btree_not_null",
        help="The improvement plan whose effect lifted the blocks of the grade.",
    )
    is_rated = fields.Boolean(string="Rated", readonly=True)
    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        index=True,
        aggregator="avg",
        help="Of the last approved form, from 0 to 100.",
    )
    grade = fields.Char(
        readonly=True,
        index=True,
        help="By the template of the last approved form.",
    )
    blocks_invitation = fields.Boolean(
        string="No Invitations",
        readonly=True,
        help="The vendor is not invited to tenders.",
    )
    blocks_order = fields.Boolean(
        string="No Orders",
        readonly=True,
        help="No order to the vendor is confirmed.",
    )
    blocks_posting = fields.Boolean(
        string="No Posting",
        readonly=True,
        help="Bills of this contract cannot be posted without an exception.",
    )
    blocks_payment = fields.Boolean(
        string="No Payment",
        readonly=True,
        help="Bills of this contract cannot be paid without an exception.",
    )

    # Computed in vendor_quality_standing_trend
    score_change = fields.Float(
        string="Change",
        compute="_compute_score_change",
        digits=(16, 2),
        help="Last score less the one before, of approved forms with a score.",
    )
    direction = fields.Selection(
        selection=[
            ("rising", "Rising"),
            ("steady", "Steady"),
            ("falling", "Falling"),
            ("unknown", "First score"),
        ],
        compute="_compute_score_change",
        search="_search_direction",
        help="Rising and falling mean a change of at least two points.",
    )
    direction_hint = fields.Char(
        string="Follows From",
        compute="_compute_direction_hint",
        help="How many scores the direction rests on. Two are a comparison, no trend.",
    )

    _contract_unique = models.UniqueIndex(
        "(contract_id)", "A contract has one standing."
    )
    _blocks_idx = models.Index(
        "(commercial_partner_id, company_id) WHERE blocks_invitation OR blocks_order"
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_form(self):
        """Open the quality form behind the standing."""
        check_one(self)
        self.check_access("read")
        return self.form_id._get_records_action()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _update(self, contracts):
        """Derive the rows of ``contracts`` anew from their approved forms."""
        # sudo: the standing follows from approved forms, whoever approved the last.
        Standing = self.sudo()
        Form = Standing.env["vendor.quality.form"]
        forms = Form.search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "in", ("approved", "superseded")),
            ],
            order="date_end, id",
        ).grouped("contract_id")
        rows = Standing.search([("contract_id", "in", contracts.ids)])
        rows = rows.grouped("contract_id")
        lifting = self.env["vendor.quality.improvement.plan"]._get_lifting(contracts)
        new = []
        for contract in contracts:
            values = Standing._prepare_values(
                forms.get(contract, Form), lifting.get(contract, ())
            )
            row = rows.get(contract)
            if values and row:
                server_write(row, values)
            elif values:
                new.append(values)
            elif row:
                server_unlink(row)
        self._lock_contracts([values["contract_id"] for values in new])
        return server_create(Standing, new)

    @api.model
    def _lock_contracts(self, contract_ids):
        """Let one of two first forms of a contract be tried again.

        Forms look at each other: the annual cap, carried points. Two that are
        approved at the same moment meet on the row of the standing; where there is
        none yet, on that of the contract.
        """
        if contract_ids:
            # SQL: a lock would let the second go on after the first with what it
            # read before; an update makes PostgreSQL refuse it.
            self.env.execute_query(
                SQL(
                    "UPDATE outsourcing_contract SET write_date = write_date "
                    "WHERE id = ANY(%s) RETURNING id",
                    contract_ids,
                )
            )

    @api.model
    def _prepare_values(self, forms, plans):
        """Return the values of one contract, empty when nothing holds.

        :param forms: its approved and superseded forms in order of time
        :param plans: its improvement plans that were closed as effective
        """
        last = forms.filtered(lambda form: form.state == "approved")[-1:]
        judged = self._get_judged(forms)
        band = judged.gate_band_id
        lifted = next((plan for plan in plans if plan._lifts(judged)), None)
        blocks = {
            "blocks_invitation": band.blocks_invitation and not lifted,
            "blocks_order": band.blocks_order and not lifted,
        }
        if not last and not any(blocks.values()):
            return {}
        shown = last or judged
        return {
            "contract_id": shown.contract_id.id,
            "company_id": shown.company_id.id,
            "form_id": shown.id,
            "date_end": shown.date_end,
            "is_rated": shown.is_rated,
            "score": shown.score,
            "grade": shown.grade,
            "block_form_id": judged.id,
            "lifted_by_id": lifted and lifted.id,
            "blocks_posting": last.gate_band_id.blocks_posting,
            "blocks_payment": last.gate_band_id.blocks_payment,
            **blocks,
        }

    @api.model
    def _get_judged(self, forms):
        """Return the last form with a score, or what it is to be replaced by.

        A superseded form counts for its period until its successor is approved.
        """
        replaced = forms.browse()
        for form in forms.filtered(lambda item: item.state == "approved"):
            replaced |= form._get_chain() - form
        # Of two superseded forms of a period the later one counts: it sorts last.
        return (forms - replaced).filtered("is_rated")[-1:]

    def _get_blocked_label(self):
        """Return what the rows of ``self`` block now, in words."""
        live = self.filtered(lambda row: row._is_live())
        labels = (
            (live, "blocks_invitation", self.env._("invitations")),
            (live, "blocks_order", self.env._("orders")),
            (self, "blocks_posting", self.env._("posting of bills")),
            (self, "blocks_payment", self.env._("payment of bills")),
        )
        return format_list(
            self.env,
            [label for rows, flag, label in labels if any(rows.mapped(flag))],
        )

    def _is_live(self):
        """Whether the contract runs, or has ended within the months that count."""
        self.ensure_one()
        # sudo: whoever reads a vendor's standing need not read its contracts.
        row = self.sudo()
        if row.contract_id.state in RUNNING_STATES or not row.block_date_end:
            return True
        company = row.company_id
        months = relativedelta(months=company.vendor_quality_standing_months)
        return row.block_date_end + months >= company._outsourcing_today()

    def _get_server_only_message(self):
        return self.env._(
            "The standing of a vendor follows from approved quality forms and "
            "is not written."
        )
