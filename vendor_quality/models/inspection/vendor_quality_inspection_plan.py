from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.outsourcing_mgmt.models.messages.mail_activity import (
    hand_on_activities,
)
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import rounds

RUNNING_STATES = ("signed", "active", "expiring")


class VendorQualityInspectionPlan(models.Model):
    """When a contract is inspected, by whom, and what is looked at.

    The rounds of the next days are created from the plan every night; each is
    due on one day and missed when it is not done by then and the days of
    grace. Officers write plans, inspectors read their own.
    """

    _name = "vendor.quality.inspection.plan"
    _description = "Inspection Plan"
    _inherit = ["mail.thread"]
    _order = "contract_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    place = fields.Char(help="Where the round is made.")

    # People
    inspector_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('share', '=', False)]",
        help="Makes the rounds, on the phone or at the desk, and answers for those "
        "that are missed.",
    )
    verifier_id = fields.Many2one(
        comodel_name="res.users",
        tracking=True,
        check_company=True,
        domain="[('share', '=', False), ('id', '!=', inspector_id)]",
        help="Checks the result and so feeds it back; never the inspector.",
    )

    # When
    frequency = fields.Selection(
        selection=[
            ("daily", "Every day"),
            ("working_days", "Every working day"),
            ("weekly", "Every week"),
            ("monthly", "Every month"),
        ],
        required=True,
        default="weekly",
        tracking=True,
    )
    weekday = fields.Selection(
        selection=[
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        default="0",
    )
    month_day = fields.Integer(
        string="Day of the Month",
        default=1,
        help="In a shorter month, the last day.",
    )
    resource_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Days",
        default=lambda self: self.env.company.resource_calendar_id,
        check_company=True,
        help="Says which days are working days, with its public holidays.",
    )
    date_start = fields.Date(
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        tracking=True,
    )
    date_end = fields.Date(tracking=True, help="Empty: until the end of the contract.")
    grace_days = fields.Integer(
        default=0,
        tracking=True,
        help="Calendar days after the due day until the round counts as missed.",
    )
    feedback_days = fields.Integer(
        default=2,
        tracking=True,
        help="Calendar days after the round in which its result must be verified and "
        "so fed back.",
    )

    line_ids = fields.One2many(
        comodel_name="vendor.quality.inspection.plan.line",
        inverse_name="plan_id",
        string="Checklist",
        copy=True,
    )
    inspection_ids = fields.One2many(
        comodel_name="vendor.quality.inspection", inverse_name="plan_id"
    )
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    next_date = fields.Date(string="Next Round", compute="_compute_next_date")
    generated_until = fields.Date(
        string="Rounds Exist Until",
        readonly=True,
        copy=False,
        help="Rounds up to this day exist already: what is changed here counts for "
        "later ones. Those that exist are moved, handed on or waived under "
        "Inspections.",
    )

    _days_positive = models.Constraint(
        "CHECK (grace_days >= 0 AND feedback_days >= 0 AND month_day BETWEEN 1 AND 31)",
        "Days are not negative, and a month has 1 to 31 of them.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A plan ends after it starts."
    )
    _two_persons = models.Constraint(
        "CHECK (verifier_id IS NULL OR verifier_id <> inspector_id)",
        "The verifier is another person than the inspector.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_company_id(self):
        for plan in self:
            plan.company_id = plan.contract_id.company_id or self.env.company

    def _compute_inspection_count(self):
        counts = dict(
            self.env["vendor.quality.inspection"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.inspection_count = counts.get(plan, 0)

    def _compute_next_date(self):
        dates = dict(
            self.env["vendor.quality.inspection"]._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "planned")],
                ["plan_id"],
                ["date_due:min"],
            )
        )
        for plan in self:
            plan.next_date = dates.get(plan, False)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("frequency", "resource_calendar_id")
    def _check_calendar(self):
        for plan in self:
            if plan.frequency == "working_days" and not plan.resource_calendar_id:
                raise ValidationError(
                    self.env._(
                        "%s: choose the calendar that says which days are working "
                        "days.",
                        plan.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        before = {plan: plan.verifier_id for plan in self if "verifier_id" in vals}
        result = super().write(vals)
        for plan, verifier in before.items():
            if verifier and verifier != plan.verifier_id:
                plan._hand_on_verifying(verifier)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_generate(self):
        """Create the rounds of the next days now."""
        self.check_access("write")
        self._generate_rounds()
        return True

    def action_view_inspections(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_inspection_action"
        )
        action["domain"] = [("plan_id", "=", self.id)]
        action["context"] = {
            "default_plan_id": self.id,
            "default_contract_id": self.contract_id.id,
        }
        return action

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_generate_rounds(self):
        """Create the rounds of the next days for every plan."""
        renewed = Domain("contract_id.state", "=", "renewed") & Domain(
            "contract_id.date_end", ">=", "today -1d"
        )
        plans = self.search(
            Domain("contract_id.state", "in", RUNNING_STATES) | renewed, order="id"
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            plans, lambda batch: batch._generate_rounds()
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _generate_rounds(self, horizon_days=14):
        """Create the rounds that are due until ``horizon_days`` from today.

        A round exists once for a plan and a day, so that a run that was killed
        can be repeated.
        """
        vals_list = []
        for plan in self:
            today = plan.company_id._outsourcing_today()
            # A round of a day that has passed could only be missed.
            start = max(plan.date_start, today)
            if plan.generated_until:
                start = max(start, plan.generated_until + timedelta(days=1))
            end = min(
                filter(
                    None,
                    [
                        today + timedelta(days=horizon_days),
                        plan.date_end,
                        plan.contract_id.date_end
                        if plan.contract_id.term != "auto_renew"
                        or plan.contract_id.state == "renewed"
                        else None,
                    ],
                )
            )
            if start > end or not plan._is_contract_running():
                continue
            vals_list += [
                plan._prepare_inspection_values(day)
                for day in plan._get_due_days(start, end)
            ]
            # sudo: the mark is the server's, also when an officer generates rounds.
            plan.sudo().generated_until = end
        return self.env["vendor.quality.inspection"].create(vals_list)

    def _is_contract_running(self):
        """Whether rounds are due; one that is being renewed goes on until its end."""
        self.ensure_one()
        return self.contract_id.state in (*RUNNING_STATES, "renewed")

    def _get_due_days(self, start, end):
        """Return the days between ``start`` and ``end`` on which a round is due."""
        self.ensure_one()
        days = rounds.get_days(
            self.frequency,
            start,
            end,
            weekday=int(self.weekday or 0),
            month_day=self.month_day,
        )
        if self.frequency != "working_days":
            return days
        working_days = self._get_working_days(start, end)
        return [day for day in days if day in working_days]

    def _get_working_days(self, start, end):
        """Return the days with working time of the plan's calendar."""
        self.ensure_one()
        return self.company_id._outsourcing_get_working_days(
            self.resource_calendar_id, start, end
        )

    def _prepare_inspection_values(self, day):
        self.ensure_one()
        return {
            "plan_id": self.id,
            "contract_id": self.contract_id.id,
            "date_due": day,
            "inspector_id": self.inspector_id.id,
            "place": self.place,
        }

    def _hand_on_verifying(self, verifier):
        """Let the new verifier verify what waits for the one before."""
        # sudo: what waits for others is no right of whoever plans.
        activities = self.sudo().inspection_ids.activity_ids
        activities = activities.filtered(lambda one: one.user_id == verifier)
        if self.verifier_id:
            activities.user_id = self.verifier_id
        else:
            hand_on_activities(verifier)


class VendorQualityInspectionPlanLine(models.Model):
    """One item of a plan's checklist."""

    _name = "vendor.quality.inspection.plan.line"
    _description = "Checklist Item of an Inspection Plan"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        comodel_name="vendor.quality.inspection.plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="What Is Checked", required=True)
    photo_required = fields.Boolean(
        help="The item cannot be passed or failed without a photo.",
    )
