from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.tools.lack import join
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

SETUP_STATES = ("draft", "to_sign", "cancelled")
TEMPLATE_FIELDS = frozenset(
    {"category_id", "predecessor_id", "vendor_quality_template_id"}
)
"""What another template, or none, was allowed for."""
KEEPERS = (
    "outsourcing_mgmt.group_outsourcing_officer",
    "outsourcing_mgmt.group_outsourcing_procurement",
    "outsourcing_mgmt.group_outsourcing_hr",
    "outsourcing_mgmt.group_outsourcing_manager",
)
DECIDERS = (
    "outsourcing_mgmt.group_outsourcing_officer",
    "outsourcing_mgmt.group_outsourcing_procurement",
    "outsourcing_mgmt.group_outsourcing_manager",
    "vendor_quality.group_quality_inspector",
    "vendor_quality.group_quality_finance",
    "vendor_quality.group_quality_auditor",
)
COUNTED = (
    ("vendor_quality_inspection_count", "vendor.quality.inspection", "contract_id"),
    ("vendor_quality_form_count", "vendor.quality.form", "contract_id"),
    ("vendor_quality_ticket_count", "itsm.ticket", "outsourcing_contract_id"),
)


class OutsourcingContract(models.Model):
    """A contract whose service is inspected and scored.

    The quality template is part of what was agreed: procurement chooses it in the
    draft. From the release for signature on it cannot be removed or exchanged, or
    bills would escape the gate; a quality manager may still give one to a signed
    contract that has none. A contract without the template of the contract before
    it, or of its category, takes two persons: a quality manager sets that in the
    draft, and somebody else sends and signs it.

    An ended contract governs later bills until its last form is billed in full or,
    when less is billed, until two persons settle the contract.
    """

    _name = "outsourcing.contract"
    _inherit = ["outsourcing.contract", "vendor.quality.counted.mixin"]

    # What fees and duties of its periods follow from.
    _quality_columns = frozenset(
        {
            "amount_total",
            "currency_id",
            "date_end",
            "date_start",
            "partner_id",
            "termination_date",
        }
    )

    vendor_quality_template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        string="Quality Template",
        compute="_compute_vendor_quality_template_id",
        store=True,
        precompute=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', '=', 'active')]",
        help="How the service is scored. With a template, bills of the vendor need an "
        "approved quality form.",
    )
    vendor_quality_template_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Other Template Allowed By",
        readonly=True,
        copy=False,
        help="The quality manager who gave the contract another template than the "
        "one before it or its category has, or none.",
    )
    vendor_quality_plan_ids = fields.One2many(
        comodel_name="vendor.quality.inspection.plan", inverse_name="contract_id"
    )
    vendor_quality_inspection_ids = fields.One2many(
        comodel_name="vendor.quality.inspection", inverse_name="contract_id"
    )
    vendor_quality_form_ids = fields.One2many(
        comodel_name="vendor.quality.form", inverse_name="contract_id"
    )
    vendor_quality_standing_ids = fields.One2many(
        comodel_name="vendor.quality.standing", inverse_name="contract_id"
    )
    vendor_quality_inspection_count = fields.Integer(
        string="Inspections", compute="_compute_vendor_quality_counts"
    )
    vendor_quality_form_count = fields.Integer(
        string="Quality Forms", compute="_compute_vendor_quality_counts"
    )
    vendor_quality_ticket_count = fields.Integer(
        string="Tickets", compute="_compute_vendor_quality_counts"
    )
    vendor_quality_grade = fields.Char(
        string="Grade", compute="_compute_vendor_quality_grade"
    )

    vendor_quality_fees_before = fields.Monetary(
        string="Fees from Before the Limit",
        readonly=True,
        copy=False,
        help="Fees of all forms when the amount of the contract began to limit them, "
        "where they were above it. They are kept.",
    )
    vendor_quality_settled_at = fields.Datetime(
        string="Quality Settled On",
        readonly=True,
        copy=False,
        help="From then on, bills after the end of the contract need no quality form.",
    )
    vendor_quality_settled_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Quality Settled By",
        readonly=True,
        copy=False,
    )
    can_vendor_quality_settle = fields.Boolean(
        compute="_compute_can_vendor_quality_settle"
    )

    # Standing and improvement, computed by the room of consequences
    vendor_quality_improvement_plan_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan", inverse_name="contract_id"
    )
    vendor_quality_forecast_ids = fields.One2many(
        comodel_name="vendor.quality.forecast", inverse_name="contract_id"
    )
    vendor_quality_improvement_plan_count = fields.Integer(
        string="Improvement Plans",
        compute="_compute_vendor_quality_improvement_plan_count",
    )
    vendor_quality_no_warning = fields.Boolean(
        string="No Early Warnings by Mail",
        tracking=True,
        help="The vendor gets no mail when a grade is about to be lost, but still sees "
        "it in the portal.",
    )
    vendor_quality_forecast_text = fields.Text(
        string="Early Warning", compute="_compute_vendor_quality_state"
    )
    vendor_quality_blocked = fields.Char(
        string="Blocked", compute="_compute_vendor_quality_state"
    )

    vendor_quality_block_reason = fields.Text(
        string="Blocked By Standing",
        compute="_compute_vendor_quality_block_reason",
        groups=",".join(DECIDERS),
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "category_id", "predecessor_id", "purchase_order_ids.order_line.product_id"
    )
    def _compute_vendor_quality_template_id(self):
        for contract in self:
            current = contract.vendor_quality_template_id
            contract.vendor_quality_template_id = (
                current
                or contract.predecessor_id.vendor_quality_template_id
                or contract._get_vendor_quality_default()
            )

    @api.depends_context("uid")
    def _compute_vendor_quality_counts(self):
        counts = {}
        for field, name, path in COUNTED:
            Model = self.env[name]
            if Model.has_access("read"):
                groups = Model._read_group(
                    [(path, "in", self.ids)], [path], ["__count"]
                )
                counts[field] = {contract.id: count for contract, count in groups}
            for contract in self:
                contract[field] = counts.get(field, {}).get(contract.id, 0)

    @api.depends("vendor_quality_standing_ids.grade")
    @api.depends_context("uid")
    def _compute_vendor_quality_grade(self):
        Standing = self.env["vendor.quality.standing"]
        readable = Standing.has_access("read")
        for contract in self:
            contract.vendor_quality_grade = (
                readable and contract.vendor_quality_standing_ids[:1].grade
            )

    def _compute_can_vendor_quality_settle(self):
        allowed = self.env["vendor.quality.gate.change"].has_access("create")
        for contract in self:
            contract.can_vendor_quality_settle = (
                allowed and not contract._vendor_quality_get_unsettled()
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        self.env["vendor.quality.identity"]._remember_contracts(contracts)
        return contracts

    def write(self, vals):
        if "vendor_quality_template_id" in vals:
            self._check_vendor_quality_template(vals["vendor_quality_template_id"])
        if vals.keys() != {"vendor_quality_template_id"}:
            self._check_vendor_quality_writer()
        result = super().write(vals)
        if TEMPLATE_FIELDS.intersection(vals):
            self._note_vendor_quality_template(vals)
        if "partner_id" in vals:
            self.env["vendor.quality.identity"]._remember_contracts(self)
        return result

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "vendor_quality_fees_before",
            "vendor_quality_settled_at",
            "vendor_quality_settled_by_id",
            "vendor_quality_template_by_id",
        }

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_inspections(self):
        self.check_access("read")
        return self._get_vendor_quality_action("vendor_quality_inspection_action")

    def action_view_vendor_quality_forms(self):
        self.check_access("read")
        return self._get_vendor_quality_action("vendor_quality_form_action")

    def action_view_vendor_quality_tickets(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_ticket_action"
        )
        action["domain"] = [("outsourcing_contract_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_vendor_quality_settle(self, reason):
        """Ask quality finance to end the gate of the contract; return the request."""
        Change = self.env["vendor.quality.gate.change"]
        if not Change.has_access("create"):
            raise AccessError(
                self.env._(
                    "%s: an accountant or a quality manager asks to settle a contract, "
                    "and quality finance approves it.",
                    format_list(self.env, self.mapped("display_name")),
                )
            )
        reason = self._flow_clean_reason(Change._flow_field_label("reason"), reason)
        requests = Change.create(
            [
                {"kind": "settle", "contract_id": contract.id, "reason": reason}
                for contract in self
            ]
        )
        requests.action_submit()
        return requests._get_records_action(name=self.env._("Settlement"))

    def action_open_vendor_quality_settle(self):
        """Open a new request, to write the reason in."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Settle the Contract"),
            "res_model": "vendor.quality.gate.change",
            "view_mode": "form",
            "context": {
                "default_kind": "settle",
                "default_contract_id": self.id,
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_vendor_quality_action(self, name):
        check_one(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(f"vendor_quality.{name}")
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"default_contract_id": self.id}
        return action

    def _get_quality_days(self):
        """All forms follow from the dates and the amount; a new contract has none."""
        return (
            (contract, False, False)
            for contract in self
            if contract.vendor_quality_form_ids
        )

    def _get_vendor_quality_last_day(self):
        """Return the last day of service, or False while no end is in sight."""
        self.ensure_one()
        days = [self.date_end] if self.term != "auto_renew" else []
        return min(filter(None, [*days, self.termination_date]), default=False)

    def _get_vendor_quality_default(self):
        """Return the template of the contract's category, or of what is bought."""
        self.ensure_one()
        # sudo: the contract gets the template whoever makes it.
        contract = self.sudo()
        category = contract.category_id
        products = contract.purchase_order_ids.order_line.product_id
        if not category.vendor_quality_template_id and products:
            category = category.search(
                [
                    ("product_id", "in", products.ids),
                    ("vendor_quality_template_id", "!=", False),
                    ("company_id", "in", [False, contract.company_id.id]),
                ],
                order="id",
                limit=1,
            )
        template = category.vendor_quality_template_id
        # The category may still name a version that a later one has replaced.
        versions = template and template._get_versions()
        return versions.filtered(lambda version: version.state == "active")[:1]

    def _check_vendor_quality_writer(self):
        """Hold a quality manager to the template: the rest is no quality work."""
        user = self.env.user
        if (
            not (self.env.su or self._flow_is_system())
            and user.has_group("vendor_quality.group_quality_manager")
            and not any(user.has_group(group) for group in KEEPERS)
        ):
            raise AccessError(
                self.env._(
                    "A quality manager gives a contract its quality template. "
                    "Procurement and the outsourcing department keep the rest of it."
                )
            )

    def _check_vendor_quality_template(self, template_id):
        """Refuse a change that would let bills of the contract escape the gate."""
        for contract in self:
            # sudo: procurement may not read templates; only the identity counts.
            current = contract.sudo().vendor_quality_template_id
            if contract.state in ("draft", "cancelled") or current.id == template_id:
                continue
            if contract.state == "to_sign":
                raise UserError(
                    self.env._(
                        "%s waits for its signature: what it says stays, its quality "
                        "template too. Procurement takes it back to draft first.",
                        contract.display_name,
                    )
                )
            if current:
                raise UserError(
                    self.env._(
                        "%(contract)s is signed: its quality template %(template)s is "
                        "part of it and stays. Rules change with a new version of the "
                        "template, for periods from then on.",
                        contract=contract.display_name,
                        template=current.display_name,
                    )
                )
            if not self.env.user.has_group("vendor_quality.group_quality_manager"):
                raise AccessError(
                    self.env._(
                        "%s is signed: only a quality manager gives it a quality "
                        "template now.",
                        contract.display_name,
                    )
                )

    def _note_vendor_quality_template(self, vals):
        """Keep which quality manager chose the template, until it changes again."""
        user = self.env.user
        is_allowed = (
            "vendor_quality_template_id" in vals
            and not self._flow_is_system()
            and user.has_group("vendor_quality.group_quality_manager")
        )
        server_write(
            self.filtered(lambda item: item.state == "draft"),
            {"vendor_quality_template_by_id": is_allowed and user.id},
        )

    def _get_vendor_quality_expected(self):
        """Return the templates that the contract before it, or its category, allows.

        What its requests were made for counts beside the category of the contract. What
        is out for signature may have a version that another one replaced meanwhile.
        """
        self.ensure_one()
        # sudo: whoever sends a contract to sign need not read what it rests on.
        contract = self.sudo()
        before = contract.predecessor_id.vendor_quality_template_id
        template = (
            before
            or contract._get_vendor_quality_default()
            or contract.tender_id.request_ids.category_id.vendor_quality_template_id[:1]
        )
        if not template:
            return template
        versions = template._get_versions()
        if contract.state == "to_sign":
            return before | versions.filtered(lambda item: item.state != "draft")
        return before | versions.filtered(lambda item: item.state == "active")

    def _add_vendor_quality_template_reasons(self, reasons):
        """Add why a contract may not do without the template that is expected.

        Judged when it goes out: what was sent keeps its template, whatever came since.
        Then only the quality manager who chose another one does not sign.
        """
        reasons = dict(reasons)
        for contract in self.filtered(lambda item: not item._continues_by_term()):
            expected = contract._get_vendor_quality_expected()
            # sudo: procurement may not read templates; only the identity counts.
            current = contract.sudo().vendor_quality_template_id
            chosen_by = contract.vendor_quality_template_by_id
            if (
                not expected
                or current in expected
                or (chosen_by and chosen_by != self.env.user)
                or (contract.state == "to_sign" and not chosen_by)
            ):
                continue
            text = self.env._(
                'bills of its kind are held by the quality template "%s", and it has '
                "another one or none. Set it back; or a quality manager gives it the "
                "other one, or none, in the draft, and somebody else sends and signs "
                "it.",
                expected[:1].display_name,
            )
            reasons[contract.id] = join([reasons.get(contract.id), text])
        return reasons

    def _vendor_quality_get_unsettled(self):
        """Return why the contract cannot be settled, or an empty text."""
        self.ensure_one()
        end = self.termination_date or self.date_end
        if not self.vendor_quality_template_id or self.state in SETUP_STATES:
            return self.env._("%s has no quality forms.", self.display_name)
        if self.vendor_quality_settled_at:
            return self.env._("%s is settled already.", self.display_name)
        if not end or end >= self.company_id._outsourcing_today():
            return self.env._(
                "%(contract)s has not ended (%(end)s). Its bills need their forms.",
                contract=self.display_name,
                end=format_date(self.env, end) if end else self.env._("no end"),
            )
        return ""


def settle_contract(contract, now):
    """Take note that two persons settled the contract, and release its bills."""
    server_write(
        contract,
        {
            "vendor_quality_settled_at": now,
            "vendor_quality_settled_by_id": contract.env.uid,
        },
    )
    holds = contract.env["vendor.quality.hold"].search(
        [
            ("contract_id", "in", contract.ids),
            ("state", "=", "active"),
            ("stage", "in", ("post", "payment")),
        ]
    )
    if holds:
        # sudo: quality finance releases the bills and may not read them.
        contract.env["vendor.quality.gate"].sudo()._refresh(holds.move_id)
