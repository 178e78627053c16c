from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..base.grants import server_write
from ..base.groups import MANAGER, OFFICER

STARTED = ("signed", "active", "expiring", "expired", "terminated", "renewed")


class OutsourcingRosterDay(models.Model):
    """A day of a worker on site, as the outsourcing officer confirms it.

    planned -> confirmed | absent -> planned (reopened). One row a person and day. Heads
    times days of a period can be compared with what a bill asks.

    =======  ================  =====================================================
    Action   Who               Restriction
    =======  ================  =====================================================
    plan     officer, manager  a day on which the worker, who came, is on the contract
    confirm  officer           not a day to come; the contract was in force, and had
                               not ended
    absent   officer           as above: the worker was to come and did not
    reopen   officer, manager  with a reason; not who confirmed it; not a period that
                               is settled (vendor_quality: an approved form)
    delete   officer, manager  while planned
    =======  ================  =====================================================
    """

    _name = "outsourcing.roster.day"
    _inherit = ["outsourcing.flow.mixin"]
    _description = "Day on Site"
    _order = "date desc, contract_id, worker_id, id"
    _check_company_auto = True

    _flow_transitions = {
        "planned": {"confirmed", "absent"},
        "confirmed": {"planned"},
        "absent": {"planned"},
    }
    _flow_verbs = {"confirmed": "confirm", "absent": "mark_absent", "planned": "reopen"}
    _flow_groups = {
        "confirm": (OFFICER,),
        "mark_absent": (OFFICER,),
        "reopen": (OFFICER, MANAGER),
    }
    _flow_personal = frozenset({"confirm", "mark_absent", "reopen"})
    _flow_required = {"planned": ("reopen_reason",)}
    _flow_system_fields = frozenset(
        {"confirmed_by_id", "confirmed_on", "reopen_reason"}
    )
    _flow_content_fields = frozenset({"date", "days", "note", "worker_id"})
    _flow_content_states = frozenset({"planned"})

    worker_id = fields.Many2one(
        comodel_name="outsourcing.worker",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '!=', 'planned')]",
    )
    partner_id = fields.Many2one(
        related="worker_id.partner_id",
        string="Worker's Contact",
        store=True,
        index=True,
    )
    contract_id = fields.Many2one(
        related="worker_id.contract_id", store=True, index=True
    )
    vendor_id = fields.Many2one(
        related="worker_id.vendor_id", string="Vendor", store=True, index=True
    )
    department_id = fields.Many2one(
        related="worker_id.department_id", string="Works For", store=True, index=True
    )
    company_id = fields.Many2one(related="worker_id.company_id", store=True, index=True)
    date = fields.Date(required=True, index=True)
    days = fields.Float(
        default=1.0,
        digits=(4, 2),
        help="1 for a whole day, 0.5 for half of one.",
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("confirmed", "Confirmed"),
            ("absent", "Did Not Come"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    note = fields.Char(string="Remark")
    confirmed_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    confirmed_on = fields.Datetime(copy=False, readonly=True)
    reopen_reason = fields.Char(
        string="Reason for Reopening", copy=False, readonly=True
    )

    # UI
    can_confirm = fields.Boolean(compute="_compute_flow_can")
    can_mark_absent = fields.Boolean(compute="_compute_flow_can")
    can_reopen = fields.Boolean(compute="_compute_flow_can")

    _person_day_unique = models.UniqueIndex(
        "(partner_id, date)",
        "The person has this day already, perhaps under another contract.",
    )
    _contract_date = models.Index("(contract_id, date)")
    _days_valid = models.Constraint(
        "CHECK (days > 0 AND days <= 1)",
        "A day on site is one day, or a part of one.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("worker_id", "date")
    def _compute_display_name(self):
        for row in self:
            # sudo: a reader of the day may know the name, not the whole worker.
            name = row.worker_id.sudo().partner_id.name
            day = format_date(self.env, row.date)
            row.display_name = " ".join(filter(None, (name, day)))

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("worker_id", "date")
    def _check_on_contract(self):
        for row in self:
            worker, day = row.worker_id, row.date
            if not row._is_within_worker():
                raise ValidationError(
                    self.env._(
                        "%(person)s is not on %(contract)s on %(day)s. Set the days "
                        "of the worker first.",
                        person=worker.display_name,
                        # sudo: whoever keeps days need not read the contract.
                        contract=worker.sudo().contract_id.name,
                        day=format_date(self.env, day),
                    )
                )
            if not worker.came_on:
                raise ValidationError(row._get_never_came_text())

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_unsettled()
        return rows

    def write(self, vals):
        is_moved = {"date", "worker_id"}.intersection(vals)
        result = super().write(vals)
        if is_moved:
            self._check_unsettled()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Confirm, in the own name, that the workers were on site."""
        return self._take_step("confirmed")

    def action_mark_absent(self):
        """Note that the workers were to come and did not."""
        return self._take_step("absent")

    def action_reopen(self, reason):
        """Take a confirmation back, for a stated reason."""
        return self._take_step("planned", reopen_reason=reason)

    def action_open_reopen_wizard(self):
        """Ask why the days are opened again."""
        self._flow_check_can("reopen")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_reopen")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_confirm_reason(self):
        reasons = self._get_settled_reasons()
        for row in self.filtered(lambda item: item.id not in reasons):
            today = row.company_id._outsourcing_today()
            # sudo: whoever keeps days need not read the contract.
            contract = row.sudo().contract_id
            if row.date > today:
                reasons[row.id] = self.env._("this day is still to come.")
            elif contract.state not in STARTED or row.date < contract.date_start:
                reasons[row.id] = self.env._(
                    "%s was not in force on this day.", contract.name
                )
            elif row.date > (last := get_last_day(contract)):
                reasons[row.id] = self.env._(
                    "%(contract)s ended on %(day)s.",
                    contract=contract.name,
                    day=format_date(self.env, last),
                )
            # sudo: whoever confirms days may read all workers of the company.
            elif not row.sudo().worker_id.came_on:
                reasons[row.id] = row._get_never_came_text()
            elif not row._is_within_worker():
                reasons[row.id] = self.env._(
                    "the person was not on site on this day: see the days of the "
                    "worker."
                )
        return reasons

    def _get_cannot_mark_absent_reason(self):
        return self._get_cannot_confirm_reason()

    def _get_cannot_reopen_reason(self):
        reasons = self._get_settled_reasons()
        for row in self.filtered(lambda item: item.id not in reasons):
            if row.confirmed_by_id == self.env.user:
                reasons[row.id] = self.env._(
                    "you confirmed it, so another officer or a manager opens it again."
                )
        return reasons

    def _is_within_worker(self):
        """Whether the day lies within the days of the worker."""
        self.ensure_one()
        # sudo: whoever acts on days may act on their workers.
        worker = self.sudo().worker_id
        first, last = worker.date_start, worker.date_end
        return bool(first and self.date >= first and (not last or self.date <= last))

    def _get_never_came_text(self):
        """Say that only who came has days on site."""
        return self.env._(
            "%s has not come. Record on the worker that the person has come first.",
            # sudo: a name may need records that its reader cannot read.
            self.sudo().worker_id.display_name,
        )

    def _get_settled_reasons(self):
        """Return ``{id: text}`` of the days that are settled; extended elsewhere."""
        return {}

    def _check_unsettled(self):
        """Refuse new days of a period that is settled."""
        if reasons := self._get_settled_reasons():
            raise UserError(
                "\n".join(
                    f"{row._flow_names()}: {reasons[row.id]}"
                    for row in self
                    if row.id in reasons
                )
            )

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_confirmed(self, origins):
        self._stamp()

    def _on_enter_absent(self, origins):
        self._stamp()

    def _on_enter_planned(self, origins):
        server_write(self, {"confirmed_by_id": False, "confirmed_on": False})
        for contract, rows in self.grouped("contract_id").items():
            self.env["outsourcing.audit.log"]._record(
                contract,
                "roster_reopened",
                {
                    "days": len(rows),
                    "from": str(min(rows.mapped("date"))),
                    "to": str(max(rows.mapped("date"))),
                    "reason": rows[0].reopen_reason,
                },
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _stamp(self):
        server_write(
            self,
            {
                "confirmed_by_id": self.env.uid,
                "confirmed_on": fields.Datetime.now(),
                # Another reopening says its own; the audit log keeps each.
                "reopen_reason": False,
            },
        )
        for contract, rows in self.grouped("contract_id").items():
            self.env["outsourcing.audit.log"]._record(
                contract,
                "roster_confirmed",
                {
                    "days": sum(rows.mapped("days")),
                    "rows": len(rows),
                    "from": str(min(rows.mapped("date"))),
                    "to": str(max(rows.mapped("date"))),
                    "state": rows[0].state,
                },
            )


def get_last_day(contract):
    """Return the last day on which somebody works under a contract."""
    ends = filter(None, (contract.termination_date, contract.date_end))
    return min(ends, default=date.max)
