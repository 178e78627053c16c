from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import formatLang

from ...tools import reward
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.groups import FINANCE, HR, OFFICER
from ..base.row_lock import lock_rows
from ..messages.telling import tell_reporter
from ..number.numbering import number_records

FINDING_TYPE = "outsourcing_mgmt.mail_activity_type_finding"
CONTRACT_FIELDS = frozenset({"contract_card_id", "contract_id"})


class OutsourcingFinding(models.Model):
    """A problem with a contract that an employee reported.

    reported -> verified | rejected -> closed. Any employee reports; finance
    verifies the saving, and nobody a report of their own. All rewards from a finding
    together stay within the company's share of its saving.

    ========  =====================  ============================================
    Action    Who                    Restriction
    ========  =====================  ============================================
    report    any employee           in their own name; officers and HR for others
    change    reporter, author       while reported; finance and officers name the
                                     contract
    verify    finance                not the reporter nor the author
    reject    finance, officer       not the reporter; with a reason
    close     officer, HR, finance   verified or rejected
    ========  =====================  ============================================
    """

    _name = "outsourcing.finding"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Finding"
    _order = "date desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True

    _flow_transitions = {
        "reported": {"verified", "rejected"},
        "verified": {"closed"},
        "rejected": {"closed"},
        "closed": set(),
    }
    _flow_verbs = {"verified": "verify", "rejected": "reject", "closed": "close"}
    _flow_groups = {
        "verify": (FINANCE,),
        "reject": (FINANCE, OFFICER),
        "close": (FINANCE, OFFICER, HR),
    }
    _flow_required = {"verified": ("contract_id",), "rejected": ("reject_reason",)}
    _flow_stamps = {"verified": ("saving_amount",)}
    _flow_system_fields = frozenset(
        {
            "closed_on",
            "name",
            "reject_reason",
            "reporter_department_id",
            "reporter_user_id",
            "reward_share",
            "reward_total",
            "saving_amount",
            "verified_by_id",
            "verified_on",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_card_id",
            "contract_id",
            "date",
            "description",
            "estimated_amount",
            "finding_type",
            "reporter_id",
            "subject",
        }
    )
    _flow_content_states = frozenset({"reported"})
    _flow_deletable_states = frozenset()

    name = fields.Char(
        string="Reference", default="New", readonly=True, copy=False, index="trigram"
    )
    subject = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("reported", "Reported"),
            ("verified", "Verified"),
            ("rejected", "Turned Down"),
            ("closed", "Closed"),
        ],
        default="reported",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # What was found
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    contract_card_id = fields.Many2one(
        comodel_name="outsourcing.contract.card",
        string="About Contract",
        compute="_compute_contract_card_id",
        inverse="_inverse_contract_card_id",
        help="The contract whose service has the problem.",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        index=True,
        tracking=True,
    )
    description = fields.Html()
    finding_type = fields.Selection(
        selection=[
            ("loss_avoided", "Loss avoided"),
            ("saving", "Saving"),
            ("quality", "Quality problem"),
        ],
        string="Type",
        default="loss_avoided",
        required=True,
    )

    # Who found it
    reporter_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Reported By",
        required=True,
        default=lambda self: self.env.user.employee_id,
        index=True,
        check_company=True,
        tracking=True,
    )
    reporter_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Reporting User",
        compute="_compute_reporter",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    reporter_department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Department",
        compute="_compute_reporter",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The department on the day of the report.",
    )

    # What it is worth
    estimated_amount = fields.Monetary(
        string="Estimate", help="What the reporter thinks it is worth."
    )
    saving_amount = fields.Monetary(
        string="Verified Saving", copy=False, readonly=True, tracking=True
    )
    verified_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    verified_on = fields.Datetime(copy=False, readonly=True, index=True)
    reject_reason = fields.Text(
        string="Reason for Turning Down", copy=False, readonly=True, tracking=True
    )
    closed_on = fields.Datetime(copy=False, readonly=True)

    # Rewards
    incentive_ids = fields.One2many(
        comodel_name="outsourcing.incentive",
        inverse_name="finding_id",
        groups=HR,
    )
    reward_total = fields.Monetary(
        copy=False,
        readonly=True,
        groups=HR,
        help="All rewards from the finding together, proposed ones included.",
    )
    reward_share = fields.Float(
        string="Reward Share (%)",
        copy=False,
        readonly=True,
        groups=HR,
        help="The company's share on the day of the verification.",
    )

    # UI
    can_verify = fields.Boolean(compute="_compute_flow_can")
    can_reject = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")

    _amounts_positive = models.Constraint(
        "CHECK (estimated_amount >= 0 AND saving_amount >= 0)",
        "Amounts of a finding cannot be negative.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_contract_card_id(self):
        for finding in self:
            finding.contract_card_id = finding.contract_id.id

    def _inverse_contract_card_id(self):
        for finding in self:
            finding.contract_id = finding.contract_card_id.id

    @api.depends("reporter_id")
    def _compute_reporter(self):
        for finding in self:
            # sudo: the user behind an employee is hidden from other employees.
            employee = finding.reporter_id.sudo()
            finding.reporter_user_id = employee.user_id
            finding.reporter_department_id = employee.department_id

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for finding in self:
            parts = [finding.name if finding.name != "New" else "", finding.subject]
            finding.display_name = " ".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        findings = super().create(vals_list)
        findings._check_contract()
        for finding in findings:
            finding._check_reporter()
        number_records(findings, "outsourcing.finding")
        findings._flow_filter_first()._ask_finance()
        return findings

    def write(self, vals):
        result = super().write(vals)
        if CONTRACT_FIELDS.intersection(vals):
            self._check_contract()
        if "reporter_id" in vals:
            for finding in self:
                finding._check_reporter()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_verify(self, saving_amount):
        """Confirm the finding and what it saved.

        :param float saving_amount: in the company's currency
        """
        return self._take_step("verified", saving_amount=saving_amount)

    def action_reject(self, reason):
        """Turn the finding down, for a reason that the reporter reads."""
        return self._take_step("rejected", reject_reason=reason)

    def action_close(self):
        """Close the finding when nothing more follows from it."""
        return self._take_step("closed")

    def action_open_verify_wizard(self):
        """Ask what the finding saved."""
        check_one(self)
        self._flow_check_can("verify")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verify the Saving"),
            "res_model": "outsourcing.finding.verify",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_finding_id": self.id,
                "default_saving_amount": self.estimated_amount,
            },
        }

    def action_open_reject_wizard(self):
        """Ask why the finding is turned down."""
        self._flow_check_can("reject")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_reject")

    def action_propose_reward(self):
        """Open a new reward for the reporter, as HR."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reward"),
            "res_model": "outsourcing.incentive",
            "view_mode": "form",
            "context": {
                "default_finding_id": self.id,
                "default_incentive_type": "reward",
                "default_employee_id": self.reporter_id.id,
            },
        }

    def action_view_incentives(self):
        """Open the rewards from the finding."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rewards"),
            "res_model": "outsourcing.incentive",
            "view_mode": "list,form",
            "domain": [("finding_id", "in", self.ids)],
            "context": {"create": False},
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_verify_reason(self):
        return self._reason_if_reporter()

    def _get_cannot_reject_reason(self):
        return self._reason_if_reporter()

    def _reason_if_reporter(self):
        return {
            finding.id: self.env._(
                "you reported it, so somebody else of finance decides on it."
            )
            for finding in self
            if self.env.user in finding._get_barred_users("verify")
        }

    @api.model
    def _get_staffed_gates(self):
        return {"verify": (self.env._("Verification"), [("state", "=", "reported")])}

    def _get_barred_users(self, verb):
        # sudo: the user behind an employee is hidden from other employees.
        finding = self.sudo()
        return (
            finding.create_uid | finding.reporter_user_id | finding.reporter_id.user_id
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        """What a finding says is changed by who reported it or wrote it down.

        Whoever decides on it may name the contract, which a decision needs.
        """
        result = super()._flow_check_content(vals)
        touched = self._flow_content_fields.intersection(vals)
        if self._flow_user_in(FINANCE, OFFICER):
            touched -= CONTRACT_FIELDS
        if not touched or self._flow_is_system():
            return result
        # sudo: the user behind an employee is hidden from other employees.
        for finding in self.sudo():
            own = finding.create_uid | finding.reporter_user_id
            if self.env.user not in own:
                raise AccessError(
                    self.env._(
                        "%(finding)s is changed by who reported it: %(who)s. You may "
                        "decide on it or write a message.",
                        finding=finding.display_name,
                        who=finding.reporter_id.name,
                    )
                )
        return result

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_verified(self, origins):
        # sudo: finance verifies; only HR reads what rewards may follow.
        for finding in self.sudo():
            server_write(
                finding,
                {
                    "verified_by_id": self.env.uid,
                    "verified_on": fields.Datetime.now(),
                    "reward_share": finding.company_id.outsourcing_reward_share,
                },
            )
        self._raise_found_elsewhere()
        tell_reporter(self, "finding verified")

    def _on_enter_rejected(self, origins):
        tell_reporter(self, "finding turned down")

    def _on_enter_closed(self, origins):
        server_write(self, {"closed_on": fields.Datetime.now()})

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        self.activity_feedback([FINDING_TYPE])
        for finding in self:
            self.env["outsourcing.audit.log"]._record(
                finding, target, {"saving": finding.saving_amount}
            )
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _raise_found_elsewhere(self):
        """Raise the event of what the outsourcing department did not know itself."""
        # sudo: finance verifies; the rule looks at every finding of the contract.
        rule = self.env["outsourcing.compliance.rule"].sudo()
        rule = rule.search([("code", "=", "found_elsewhere")])
        if rule:
            # sudo: as above.
            rule._raise_events(rule._prepare_found_elsewhere(self.sudo()))

    def _is_of_outsourcing(self):
        """Whether somebody of the outsourcing department reported it."""
        self.ensure_one()
        # Without a log-in somebody is neither an officer nor in charge of a contract.
        user = self.reporter_user_id
        return bool(user) and (
            user.has_group(OFFICER) or user == self.contract_id.owner_id
        )

    def _has_own_record(self, since):
        """Whether the outsourcing department recorded a fault of the contract, too.

        :param date since: the first day that counts; the last one is that of the report
        """
        self.ensure_one()
        return any(
            other._is_of_outsourcing()
            for other in self.search(
                [
                    ("contract_id", "=", self.contract_id.id),
                    ("id", "!=", self.id),
                    ("date", ">=", since),
                    ("date", "<=", self.date),
                    ("state", "!=", "rejected"),
                ]
            )
        )

    def _check_contract(self):
        """Raise where the contract is neither signed nor read by whoever names it.

        The finding shows the vendor of its contract. No constraint, which core judges
        with the rights of the server.
        """
        if self.env.su:
            return
        cards = self.env["outsourcing.contract.card"]
        contracts = self.contract_id
        known = cards.search([("id", "in", contracts.ids)]).ids
        hidden = contracts.filtered(lambda contract: contract.id not in known)
        if hidden and not hidden.has_access("read"):
            raise AccessError(
                self.env._(
                    "A finding is about a signed contract. Choose it from the list."
                )
            )

    def _check_reporter(self):
        """Employees report in their own name."""
        self.ensure_one()
        if self.env.su or self._flow_user_in(OFFICER, HR):
            return
        # sudo: the user behind an employee is hidden from other employees.
        if self.reporter_id.sudo().user_id != self.env.user:
            raise AccessError(
                self.env._(
                    "You report findings in your own name. An outsourcing officer or "
                    "HR may record one for somebody else."
                )
            )

    def _ask_finance(self):
        """Give an activity to somebody of finance who may decide on it."""
        # sudo: whoever reports may not give finance activities.
        for finding in self.sudo():
            users = finding._flow_get_users_of(
                FINANCE, finding.reporter_user_id | finding.create_uid
            )
            if users:
                finding.activity_schedule(FINDING_TYPE, user_id=users[0].id)

    def _lock_rewards(self):
        """Let one transaction at a time give rewards from these findings.

        The lock waits for another transaction and fails to serialise when that
        one wrote the total, as :meth:`_check_reward_share` always does: the
        call is then tried again and counts the other reward.
        """
        if self:
            self.env["outsourcing.incentive"].flush_model()
            lock_rows(self)

    def _check_reward_share(self):
        """Refuse rewards that together are above the share of the saving."""
        # sudo: counts the rewards of every person; the message names only sums.
        for finding in self.sudo():
            granted = finding.incentive_ids.filtered("counts_as_reward").mapped(
                "amount"
            )
            limit = reward.share_limit(finding.saving_amount, finding.reward_share)
            if reward.exceeds_share(
                finding.saving_amount, finding.reward_share, granted
            ):
                raise ValidationError(
                    self.env._(
                        "%(finding)s: all rewards together may be %(limit)s, which is "
                        "%(share)s %% of the verified saving; with this one they would "
                        "be %(total)s. Lower the amount or refuse another reward.",
                        finding=finding.display_name,
                        limit=formatLang(
                            self.env, limit, currency_obj=finding.currency_id
                        ),
                        share=finding.reward_share,
                        total=formatLang(
                            self.env, sum(granted), currency_obj=finding.currency_id
                        ),
                    )
                )
            server_write(finding, {"reward_total": sum(granted)})
        self.flush_recordset()
