from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.one_record import check_one
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write, without_silence
from ..base.groups import HR, MANAGER
from ..messages.scheduling import schedule_each

EVENT_TYPE = "outsourcing_mgmt.mail_activity_type_event"


class OutsourcingComplianceEvent(models.Model):
    """One breach of a compliance rule by one record.

    new -> confirmed | waived. Raised by the rule, decided by HR; the person
    concerned neither confirms nor waives it. Waiving needs a reason. One that names
    nobody, as no head of a department was recorded, leads to no penalty: somebody
    names the person with a reason, or it is waived, also after it was confirmed.

    ===========  ===========  =====================================================
    Action       Who          Restriction
    ===========  ===========  =====================================================
    name person  HR, manager  of one that names nobody; not concerned by it, not who
                              confirmed it, and nobody names themselves
    confirm      HR           not concerned, not who named the person
    waive        HR           not concerned; with a reason; not one that is confirmed
                              and in which the rule names somebody
    ===========  ===========  =====================================================
    """

    _name = "outsourcing.compliance.event"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Compliance Event"
    _order = "date desc, id desc"
    _check_company_auto = True

    _flow_transitions = {
        "new": {"confirmed", "waived"},
        "confirmed": {"waived"},
        "waived": set(),
    }
    _flow_groups = {"confirm": (HR,), "waive": (HR,), "name_person": (HR, MANAGER)}
    _flow_personal = PERSONAL_VERBS | {"name_person"}
    _flow_system_fields = frozenset(
        {
            "actor_user_id",
            "code",
            "company_id",
            "date",
            "decided_by_id",
            "decided_on",
            "department_id",
            "employee_id",
            "fine_amount",
            "name",
            "named_by_id",
            "named_on",
            "named_reason",
            "note",
            "points",
            "res_id",
            "res_model",
            "rule_id",
            "second_employee_id",
            "user_id",
            "waive_reason",
        }
    )
    _flow_required = {"waived": ("waive_reason",)}
    _flow_deletable_states = frozenset()
    _flow_verbs = {"confirmed": "confirm", "waived": "waive"}

    name = fields.Char(string="Document", required=True)
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("confirmed", "Confirmed"),
            ("waived", "Waived"),
        ],
        default="new",
        required=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rule_id = fields.Many2one(
        comodel_name="outsourcing.compliance.rule",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    code = fields.Char(related="rule_id.code", store=True, index=True)
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        index=True,
    )

    # Document and person
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Person Responsible",
        check_company=True,
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_department_id",
        store=True,
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="User Responsible",
        index="btree_not_null",
    )
    second_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Also Responsible",
        check_company=True,
        index="btree_not_null",
        help="The head of the department that applied, where the rule names it beside "
        "procurement.",
    )
    actor_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Whose Act",
        index="btree_not_null",
        help="Who took the step; the heads of the departments answer for it.",
    )
    note = fields.Text()
    points = fields.Integer(
        string="Demerit Points",
        help="The rule's demerit points on the day of the event.",
    )
    fine_amount = fields.Monetary(
        string="Fine", help="The rule's fine on the day of the event."
    )

    named_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Person Named By",
        copy=False,
        index="btree_not_null",
        help="Who named the person, as the rule found none. Does not confirm the "
        "event.",
    )
    named_on = fields.Datetime(string="Person Named On", copy=False)
    named_reason = fields.Text(string="Why This Person", copy=False)

    # Decision
    decided_by_id = fields.Many2one(comodel_name="res.users", copy=False)
    decided_on = fields.Datetime(copy=False)
    waive_reason = fields.Text(copy=False)

    _rule_document_unique = models.UniqueIndex(
        "(rule_id, res_model, res_id)", "A breach of a rule by a record counts once."
    )

    # UI
    can_confirm = fields.Boolean(compute="_compute_flow_can")
    can_waive = fields.Boolean(compute="_compute_flow_can")
    can_name_person = fields.Boolean(compute="_compute_flow_can")
    decide_notice = fields.Char(
        string="Who Decides Instead", compute="_compute_decide_notice"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_decide_notice(self):
        """Say to HR, which sees no button to decide, why there is none."""
        waiting = self.filtered(lambda event: event.state == "new")
        if not self._flow_user_in(HR):
            waiting = self.browse()
        (self - waiting).decide_notice = False
        reasons = waiting._get_cannot_confirm_reason()
        for event in waiting:
            reason = reasons.get(event.id)
            event.decide_notice = reason and self.env._(
                "Not for you to decide: %s", reason
            )

    @api.depends("employee_id")
    def _compute_department_id(self):
        for event in self:
            # The department on the day of the event stays.
            event.department_id = event.department_id or event.employee_id.department_id

    @api.depends("rule_id.name", "name")
    def _compute_display_name(self):
        for event in self:
            # sudo: the name of a rule is no secret.
            event.display_name = f"{event.rule_id.sudo().name}: {event.name}"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Confirm the breach."""
        return self._take_step("confirmed")

    def action_waive(self, reason):
        """Excuse the breach, for a stated reason."""
        return self._take_step("waived", waive_reason=reason)

    def action_name_person(self, employee_id, reason):
        """Name who is responsible for a breach of which the rule names nobody.

        :param int employee_id: the person, of the company of the event
        :param str reason: why this person
        """
        self.check_access("read")
        self._flow_check_can("name_person")
        reason = self._flow_clean_reason(self._flow_field_label("named_reason"), reason)
        employee = self._find_person(employee_id)
        for event in self:
            # sudo: whoever names the person may not write events.
            server_write(
                event.sudo(),
                {
                    "employee_id": employee.id,
                    "user_id": employee.user_id.id or event.user_id.id,
                    "named_by_id": self.env.uid,
                    "named_on": fields.Datetime.now(),
                    "named_reason": reason,
                },
            )
            self.env["outsourcing.audit.log"]._record(
                event, "person_named", {"employee": employee.id, "reason": reason}
            )
        return True

    def action_open_person_wizard(self):
        """Ask who is responsible, and why."""
        check_one(self)
        self._flow_check_can("name_person")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who Is Responsible?"),
            "res_model": "outsourcing.compliance.person",
            "view_mode": "form",
            "target": "new",
            "context": {"default_event_id": self.id},
        }

    def action_open_waive_wizard(self):
        """Ask why the breach is excused."""
        self._flow_check_can("waive")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_waive")

    def action_open_document(self):
        """Open the record in breach."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "view_mode": "form",
            "res_id": self.res_id,
        }

    def action_propose_penalty(self):
        """Open a new penalty for the person responsible, as HR."""
        return self._open_penalty(self.employee_id)

    def action_propose_second_penalty(self):
        """Open a new penalty for who is responsible as well, as HR."""
        return self._open_penalty(self.second_employee_id)

    def _open_penalty(self, employee):
        """Open a penalty with fine and demerit points in one record."""
        check_one(self)
        self.check_access("read")
        only_points = self.points and not self.fine_amount
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Penalty"),
            "res_model": "outsourcing.incentive",
            "view_mode": "form",
            "context": {
                "default_event_id": self.id,
                "default_incentive_type": "penalty",
                "default_employee_id": employee.id,
                "default_kind": "demerit" if only_points else "money",
                "default_amount": self.fine_amount,
                "default_points": self.points,
                "default_reason": self.note,
            },
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_confirm_reason(self):
        named = {
            event.id: self.env._(
                "you named who is responsible, so somebody else of HR confirms it."
            )
            for event in self
            if event.named_by_id == self.env.user
        }
        return named | self._reason_if_concerned()

    def _get_cannot_name_person_reason(self):
        reasons = {}
        # sudo: the employees of an event are named and not shown.
        for event in self.sudo():
            if event.state == "waived":
                reasons[event.id] = self.env._("it is waived.")
            elif event.employee_id | event.second_employee_id:
                reasons[event.id] = self.env._("it names who is responsible.")
            elif event.decided_by_id == self.env.user:
                reasons[event.id] = self.env._(
                    "you confirmed it, so somebody else names who is responsible."
                )
        return reasons | self._reason_if_concerned()

    def _get_cannot_waive_reason(self):
        reasons = {
            event.id: self.env._("it is confirmed, and it names who is responsible.")
            # sudo: as below, for the employees.
            for event in self.sudo()
            if event.state == "confirmed"
            and (event.employee_id | event.second_employee_id)
            # A person may have named a wrong one; the rule names by the books.
            and not event.named_by_id
        }
        # sudo: penalties of before, which HR of another company may have made.
        penalties = self.env["outsourcing.incentive"].sudo()
        living = penalties.search(
            [
                ("event_id", "in", self.ids),
                ("state", "not in", ("refused", "reversed")),
            ]
        )
        reasons |= {
            event.id: self.env._("a penalty follows from it; that is ended first.")
            for event in living.event_id
        }
        return reasons | self._reason_if_concerned()

    def _reason_if_concerned(self):
        return {
            event.id: self.env._("it concerns you, so somebody else of HR decides.")
            # sudo: the user behind an employee is hidden from other employees.
            for event in self.sudo()
            if self.env.user in event._get_concerned()
        }

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_confirmed(self, origins):
        self._stamp_decision()

    def _on_enter_waived(self, origins):
        self._stamp_decision()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_concerned(self):
        """Return the users whom the event concerns, with sudo."""
        self.ensure_one()
        return (
            self.user_id
            | self.actor_user_id
            | (self.employee_id | self.second_employee_id)._outsourcing_get_own_users()
        )

    def _find_person(self, employee_id):
        """Return the employee who may be named, with sudo, or raise why not."""
        if not isinstance(employee_id, int) or isinstance(employee_id, bool):
            raise UserError(self.env._("Choose who is responsible."))
        # sudo: private data of employees is hidden from the manager.
        employee = self.env["hr.employee"].sudo().browse(employee_id).exists()
        if not employee or self.company_id - employee.company_id:
            raise UserError(
                self.env._("Choose an employee of the company of the event.")
            )
        if self.env.user in employee._outsourcing_get_own_users():
            raise UserError(
                self.env._("Somebody else names you, where you are responsible.")
            )
        return employee

    def _stamp_decision(self):
        server_write(
            self, {"decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()}
        )
        self.activity_feedback([EVENT_TYPE])

    @api.model
    def _raise(self, code, record, employee=None, note="", date=None, user=None):
        """Raise the event of a rule for a record, once.

        :param str code: the rule
        :param record: the document in breach, one record
        :param employee: person responsible (hr.employee), if known
        :param str note: what happened
        :param date: day of the breach; by default today
        :param user: user responsible; by default the employee's
        :return: the event, the existing one, or none if no rule is in force
        """
        record.ensure_one()
        # sudo: whoever takes a step need not be allowed to write events.
        rules = self.env["outsourcing.compliance.rule"].sudo()
        rule = rules.search([("code", "=", code)])
        return rule._raise_events(
            [
                {
                    "record": record,
                    "employee": employee,
                    "user": user,
                    "date": date,
                    "note": note,
                }
            ]
        )

    def _ask_hr(self):
        """Give an activity to somebody of HR whom the event does not concern."""
        rows = []
        # sudo: whoever is in breach may not give HR activities.
        for event in without_silence(self.sudo()):
            users = event._flow_get_users_of(HR, event._get_concerned())
            if users:
                rows.append((event, {"user_id": users[0].id}))
        schedule_each(EVENT_TYPE, rows)
