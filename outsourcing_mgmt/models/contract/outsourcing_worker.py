import logging
from datetime import date, timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...tools.apart import run_apart
from ...tools.one_record import check_one
from ...tools.typed_number import read_number
from ..base.grants import server_create, server_write
from ..base.groups import MANAGER, OFFICER
from ..messages.scheduling import schedule_each
from .contract_ties import complete_from_contract
from .outsourcing_contract_exit import settle_workers
from .people import OFFBOARDING, ONBOARDING, start_plan

_logger = logging.getLogger(__name__)

BATCH = 200

WORKER_END_TYPE = "outsourcing_mgmt.mail_activity_type_worker_end"


class OutsourcingWorker(models.Model):
    """A person of the vendor who works on a contract.

    planned -> on_site -> left. Nobody is on site without a contract in force.
    A worker who leaves may be replaced; ``replaces_id`` says whom somebody replaced.
    A person is on one contract at a time; days on site bind person and contract.
    Coming and leaving start the activity plans
    of on- and off-boarding; the end of the contract starts the latter for all. Under
    the contract that follows on another the same people go on (``continues_id``).
    The outsourcing officer and the manager take all steps.
    """

    _name = "outsourcing.worker"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Outsourced Worker"
    _order = "contract_id, date_start, id"
    _check_company_auto = True

    _flow_transitions = {
        "planned": {"on_site", "left"},
        "on_site": {"left"},
        "left": set(),
    }
    _flow_verbs = {"on_site": "onboard", "left": "leave"}
    _flow_groups = {
        "onboard": (OFFICER, MANAGER),
        "leave": (OFFICER, MANAGER),
        "replace": (OFFICER, MANAGER),
    }
    _flow_required = {"on_site": ("date_start",), "left": ("date_end",)}
    _flow_stamps = {"left": ("leave_reason",)}
    _flow_system_fields = frozenset(
        {"alerted_for", "came_on", "continues_id", "leave_reason", "replaces_id"}
    )
    _flow_content_fields = frozenset({"company_id", "contract_id", "partner_id"})
    _flow_content_states = frozenset({"planned"})
    _flow_closing_fields = frozenset(
        {"date_end", "date_start", "department_id", "role"}
    )

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Name of the Worker",
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('is_company', '=', False),"
        " ('commercial_partner_id', '=', vendor_commercial_id)]",
        help="A contact of the vendor.",
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("on_site", "On Site"),
            ("left", "Left"),
        ],
        default="planned",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vendor_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    vendor_commercial_id = fields.Many2one(
        related="contract_id.commercial_partner_id", string="Vendor Company"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    role = fields.Char(required=True, tracking=True)
    department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Works For",
        check_company=True,
        index="btree_not_null",
    )
    responsible_id = fields.Many2one(
        comodel_name="res.users",
        string="Supervised By",
        default=lambda self: self.env.user,
        check_company=True,
        index="btree_not_null",
    )
    date_start = fields.Date(string="On Site From", tracking=True)
    date_end = fields.Date(string="On Site Until", tracking=True, index=True)
    came_on = fields.Date(
        string="Arrival Recorded On",
        copy=False,
        readonly=True,
        help="Empty for who never came.",
    )
    alerted_for = fields.Date(
        string="End Announced For",
        copy=False,
        readonly=True,
        help="The last day on site about which the supervisor was asked.",
    )
    leave_reason = fields.Text(copy=False, readonly=True)
    replaces_id = fields.Many2one(
        comodel_name="outsourcing.worker",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    replacement_ids = fields.One2many(
        comodel_name="outsourcing.worker",
        inverse_name="replaces_id",
        string="Replaced By",
    )
    continues_id = fields.Many2one(
        comodel_name="outsourcing.worker",
        string="Goes On From",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="The same person under the contract before.",
    )
    roster_day_ids = fields.One2many(
        comodel_name="outsourcing.roster.day",
        inverse_name="worker_id",
        string="Roster",
    )
    headcount_hint = fields.Char(
        related="contract_id.headcount_hint", string="Too Many Heads"
    )
    note = fields.Text()

    # UI
    can_onboard = fields.Boolean(compute="_compute_flow_can")
    can_leave = fields.Boolean(compute="_compute_flow_can")
    can_replace = fields.Boolean(compute="_compute_flow_can")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "The last day on site cannot lie before the first.",
    )
    _one_successor = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL AND state != 'left'",
        "This worker is replaced already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id.name", "role")
    def _compute_display_name(self):
        for worker in self:
            # sudo: a reader of the worker may know the name, not the whole contact.
            parts = (worker.partner_id.sudo().name, worker.role)
            worker.display_name = ", ".join(filter(None, parts))

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("partner_id", "contract_id")
    def _check_vendor(self):
        # sudo: whoever keeps workers need not read contract and vendor.
        for worker in self.sudo():
            vendor = worker.contract_id.commercial_partner_id
            if worker.partner_id.commercial_partner_id != vendor:
                raise ValidationError(
                    self.env._(
                        "%(person)s is no contact of %(vendor)s. Make the person a "
                        "contact of the vendor first.",
                        person=worker.partner_id.display_name,
                        vendor=vendor.display_name,
                    )
                )

    @api.constrains("partner_id", "contract_id", "date_start", "date_end", "state")
    def _check_one_contract(self):
        """A person is on one contract at a time, whatever the company."""
        # sudo: a contract that the user may not read keeps the person, too.
        # Nobody is kept from leaving by what was entered before this rule.
        workers = self.sudo().filtered(
            lambda worker: worker.date_start and worker.state != "left"
        )
        others = workers.search(
            [
                ("partner_id", "in", workers.partner_id.ids),
                ("date_start", "!=", False),
                # Who never came is nowhere.
                "|",
                ("state", "!=", "left"),
                ("came_on", "!=", False),
            ]
        ).grouped("partner_id")
        for worker in workers:
            for other in others.get(worker.partner_id, ()):
                if other != worker and worker._is_on_site_with(other):
                    # sudo: taken off; constraints have it, the user reads the text.
                    contract = other.contract_id.sudo(False)
                    is_known = contract.has_access("read")
                    raise ValidationError(
                        self.env._(
                            "%(person)s is on %(contract)s from %(start)s until "
                            "%(end)s. A person works on one contract at a time: let "
                            "the person leave there first, or choose other days.",
                            person=worker.partner_id.name,
                            contract=other.contract_id.display_name
                            if is_known
                            else self.env._("another contract"),
                            start=format_date(self.env, other.date_start),
                            end=format_date(self.env, other.date_end)
                            or self.env._("further notice"),
                        )
                    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        complete_from_contract(self.env, vals_list, "company_id")
        return super().create(vals_list)

    def write(self, vals):
        is_server = self._flow_is_system()
        if not is_server and {"contract_id", "partner_id"}.intersection(vals):
            self._check_without_days()
        result = super().write(vals)
        if not is_server and {"date_start", "date_end"}.intersection(vals):
            self._check_days_inside()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_onboard(self):
        """Record that the worker has come."""
        for worker in self:
            today = worker.company_id._outsourcing_today()
            worker._take_step("on_site", date_start=worker.date_start or today)
        return True

    def action_leave(self, reason=None):
        """Record that the worker has left, and why.

        Today is the last day on site, where none before it is entered.
        """
        for worker in self:
            today = worker.company_id._outsourcing_today()
            last = min(worker.date_end or today, today)
            worker._take_step(
                "left",
                date_end=max(last, worker.date_start or last),
                leave_reason=reason,
            )
        return True

    def action_open_leave_wizard(self):
        """Ask why the worker leaves."""
        self._flow_check_can("leave")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_leave", self.env._("Worker Leaves")
        )

    def action_open_replace_wizard(self):
        """Ask who takes the place of the worker."""
        check_one(self)
        self._flow_check_can("replace")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replacement"),
            "res_model": "outsourcing.worker.replace",
            "view_mode": "form",
            "target": "new",
            "context": {"default_worker_id": self.id},
        }

    def action_replace(self, partner_id):
        """Plan another person of the vendor in the place of this one.

        :param int partner_id: the new person
        :return: id of the new worker
        """
        check_one(self)
        self._flow_check_can("replace")
        person = self.env["res.partner"].browse(read_number(partner_id)).exists()
        if not person:
            raise UserError(
                self.env._(
                    "%s: choose the person of the vendor who comes in this place.",
                    self.display_name,
                )
            )
        self.replacement_ids.flush_recordset(["state"])
        worker = server_create(
            self,
            [
                {
                    "partner_id": person.id,
                    "contract_id": self.contract_id.id,
                    "role": self.role,
                    "department_id": self.department_id.id,
                    "responsible_id": self.responsible_id.id,
                    "replaces_id": self.id,
                    "date_start": self.date_end,
                }
            ],
        )
        return worker.id

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_alert_ends(self):
        """Ask who supervises a worker what comes after the planned end.

        And the owners of contracts, where a document ends. Once for each day that is
        the last one: who has settled it is not asked again the next morning.
        """
        # sudo: the job reads the terms of every company.
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        Cron = self.env["ir.cron"]
        tell = partial(_logger.exception, "The end of %s was not announced")
        for company in companies:
            last = company._outsourcing_today() + timedelta(
                days=company.outsourcing_alert_days
            )
            workers = self.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "=", "on_site"),
                    ("date_end", "<=", last),
                ]
            )
            due = workers.filtered(lambda item: item.alerted_for != item.date_end)
            for start in range(0, len(due), BATCH):
                batch = due[start : start + BATCH]
                run_apart(batch, type(batch)._alert_end, self.env.cr.savepoint, tell)
                Cron._commit_progress(len(batch))
                self.env.invalidate_all()
            self.env["outsourcing.contract.document"]._alert_expiry(company, last)
            Cron._commit_progress(1)

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_on_site(self, origins):
        for company, workers in self.grouped("company_id").items():
            # sudo: whoever keeps workers need not read the company.
            server_write(workers, {"came_on": company.sudo()._outsourcing_today()})
        start_plan(self.filtered(lambda worker: not worker.continues_id), ONBOARDING)

    def _on_enter_left(self, origins):
        settle_workers(self)
        # The end of the contract has started it for all already.
        came = self.filtered(
            lambda worker: (
                origins[worker.id] == "on_site"
                # sudo: whoever keeps workers need not read the contract.
                and worker.contract_id.sudo()._is_in_force()
            )
        )
        start_plan(came - self._get_going_on(), OFFBOARDING)
        self.activity_unlink([WORKER_END_TYPE])
        # sudo: whoever ends a contract need not delete days that will not come.
        for worker in self.sudo():
            worker.roster_day_ids.filtered(
                lambda row, last=worker.date_end: (
                    row.state == "planned" and row.date > last
                )
            ).unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_going_on(self):
        """Return those of the workers who go on under another contract."""
        # sudo: the officer need not read the contract that follows.
        following = self.sudo().search([("continues_id", "in", self.ids)])
        return self.browse(following.continues_id.ids)

    def _is_on_site_with(self, other):
        """Whether the days of two records share one."""
        self.ensure_one()
        last = self.date_end or date.max
        return self.date_start <= (other.date_end or date.max) and (
            other.date_start <= last
        )

    def _check_without_days(self):
        """Refuse another contract or person once there are days on site."""
        # sudo: days that the user may not read bind the worker, too.
        if kept := self.filtered(lambda worker: worker.sudo().roster_day_ids):
            raise UserError(
                self.env._(
                    "%s: there are days on site, which stay with their person and "
                    "contract. Let the person leave, and plan the person anew.",
                    kept._flow_names(),
                )
            )

    def _check_days_inside(self):
        """Refuse dates that leave a confirmed day outside of them."""
        for worker in self:
            first, last = worker.date_start, worker.date_end
            # sudo: as above.
            rows = worker.sudo().roster_day_ids.filtered(
                lambda row, first=first, last=last: (
                    row.state != "planned"
                    and (not first or row.date < first or (last and row.date > last))
                )
            )
            if rows:
                raise UserError(
                    self.env._(
                        "%(person)s: %(day)s is confirmed and would lie outside of the "
                        "days on site. Another officer reopens the day first.",
                        person=worker.display_name,
                        day=format_date(self.env, rows[0].date),
                    )
                )

    def _alert_end(self):
        # Prolonged since the last one.
        self.activity_unlink([WORKER_END_TYPE])
        summary = self.env._("Last day on site: prolong, replace, or let leave")
        rows = []
        for worker in self:
            user = worker.responsible_id or worker.contract_id.owner_id
            values = {
                "date_deadline": worker.date_end,
                "summary": summary,
                "user_id": user.id or self.env.uid,
            }
            rows.append((worker, values))
        schedule_each(WORKER_END_TYPE, rows)
        for day, workers in self.grouped("date_end").items():
            server_write(workers, {"alerted_for": day})

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_onboard_reason(self):
        reasons = {}
        for worker in self:
            # sudo: whoever keeps workers need not read the contract.
            contract = worker.contract_id.sudo()
            if not contract._is_in_force():
                reasons[worker.id] = self.env._(
                    "%s is not in force: nobody works on site without a contract.",
                    contract.display_name,
                )
        return reasons

    def _get_cannot_replace_reason(self):
        return {
            worker.id: self.env._("a replacement is planned already.")
            for worker in self
            if worker.replacement_ids.filtered(lambda item: item.state != "left")
        }
