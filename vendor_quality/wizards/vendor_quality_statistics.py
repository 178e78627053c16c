from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityStatistics(models.TransientModel):
    """Chooses a period, companies and categories for the statistics of all contracts.

    The workbook holds what its reader may read: approved forms that end in the
    period. The ranking of the same period opens on the screen.
    """

    _name = "vendor.quality.statistics"
    _description = "Statistics of a Period"

    period_type = fields.Selection(
        selection=[
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("year", "Year"),
            ("custom", "Other"),
        ],
        string="Period",
        required=True,
        default="month",
    )
    day = fields.Date(
        string="Any Day in It",
        required=True,
        default=lambda self: self._default_day(),
        help="The month, quarter or year that this day lies in.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_dates",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    date_to = fields.Date(
        string="To",
        compute="_compute_dates",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Forms whose service period ends in these days are counted.",
    )
    company_ids = fields.Many2many(
        comodel_name="res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    category_ids = fields.Many2many(
        comodel_name="outsourcing.category",
        string="Categories",
        help="With their subcategories. Leave empty for all contracts.",
    )
    form_count = fields.Integer(string="Approved Forms", compute="_compute_form_count")
    open_count = fields.Integer(
        string="Not Approved Yet",
        compute="_compute_form_count",
        help="Forms of the period that are still on their way: they are not counted.",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_day(self):
        """Return the last day of the previous month."""
        today = self.env.company._outsourcing_today()
        return today.replace(day=1) - relativedelta(days=1)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("period_type", "day")
    def _compute_dates(self):
        for wizard in self:
            day = wizard.day or wizard._default_day()
            if wizard.period_type == "custom":
                wizard.date_from = wizard.date_from or date_utils.start_of(day, "month")
                wizard.date_to = wizard.date_to or date_utils.end_of(day, "month")
            else:
                wizard.date_from = date_utils.start_of(day, wizard.period_type)
                wizard.date_to = date_utils.end_of(day, wizard.period_type)

    @api.depends("date_from", "date_to", "company_ids", "category_ids")
    def _compute_form_count(self):
        Form = self.env["vendor.quality.form"]
        for wizard in self:
            counts = dict(
                Form._read_group(wizard._get_period_domain(), ["state"], ["__count"])
            )
            wizard.form_count = counts.pop("approved", 0)
            wizard.open_count = sum(
                count
                for state, count in counts.items()
                if state not in ("superseded", "cancelled")
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_download(self):
        """Download the workbook."""
        check_one(self)
        self._check_dates()
        return {
            "type": "ir.actions.act_url",
            "url": f"/vendor-quality/statistics/{self.id}",
            "target": "download",
        }

    def action_open_ranking(self):
        """Open the ranking of the period."""
        check_one(self)
        self._check_dates()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_ranking_action"
        )
        return {
            **action,
            "display_name": self.env._(
                "Vendor Ranking, %(start)s to %(end)s",
                start=self.date_from,
                end=self.date_to,
            ),
            "domain": [("company_id", "in", self.company_ids.ids)],
            "context": {
                "vendor_quality_date_from": fields.Date.to_string(self.date_from),
                "vendor_quality_date_to": fields.Date.to_string(self.date_to),
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_period_domain(self):
        """Return the domain of the forms of the period, whatever their state."""
        domain = [
            ("date_end", ">=", self.date_from),
            ("date_end", "<=", self.date_to),
            ("company_id", "in", self.company_ids.ids),
        ]
        if self.category_ids:
            domain.append(
                ("contract_id.category_id", "child_of", self.category_ids.ids)
            )
        return domain

    def _get_file_name(self):
        return self.env._(
            "Quality statistics %(start)s %(end)s",
            start=self.date_from,
            end=self.date_to,
        )

    def _check_dates(self):
        if self.date_from > self.date_to:
            raise UserError(
                self.env._("The period begins after its end. Exchange the two days.")
            )
