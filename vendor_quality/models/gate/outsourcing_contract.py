from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

SETUP_STATES = ("draft", "to_sign", "cancelled")
KEEPERS = (
    "outsourcing_mgmt.group_outsourcing_officer",
    "outsourcing_mgmt.group_outsourcing_procurement",
    "outsourcing_mgmt.group_outsourcing_hr",
    "outsourcing_mgmt.group_outsourcing_manager",
)
COUNTED = (
    ("vendor_quality_inspection_count", "vendor.quality.inspection", "contract_id"),
    ("vendor_quality_form_count", "vendor.quality.form", "contract_id"),
    ("vendor_quality_ticket_count", "itsm.ticket", "outsourcing_contract_id"),
)


class OutsourcingContract(models.Model):
    """A contract whose service is inspected and scored.

    The quality template is part of what was agreed: procurement chooses it
    before the signature. Afterwards it cannot be removed or exchanged, or
    bills would escape the gate; a quality manager may still give one to a
    contract that has none.
    """

    _name = "outsourcing.contract"
    _inherit = ["outsourcing.contract", "vendor.quality.counted.mixin"]

    # What fees and duties of its periods follow from.
    _quality_columns = frozenset(
        {"amount_total", "currency_id", "date_end", "date_start", "termination_date"}
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

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if "vendor_quality_template_id" in vals:
            self._check_vendor_quality_template(vals["vendor_quality_template_id"])
        if vals.keys() != {"vendor_quality_template_id"}:
            self._check_vendor_quality_writer()
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_inspections(self):
        return self._get_vendor_quality_action("vendor_quality_inspection_action")

    def action_view_vendor_quality_forms(self):
        return self._get_vendor_quality_action("vendor_quality_form_action")

    def action_view_vendor_quality_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_ticket_action"
        )
        action["domain"] = [("outsourcing_contract_id", "=", self.id)]
        action["context"] = {}
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_vendor_quality_action(self, name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"vendor_quality.{name}")
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"default_contract_id": self.id}
        return action

    def _filter_quality_counted(self):
        """A new contract has no form yet."""
        return self.browse()

    @api.model
    def _get_quality_days(self, ids):
        return SQL(
            "SELECT id, NULL::date, NULL::date FROM outsourcing_contract"
            " WHERE id = ANY(%s)",
            ids,
        )

    def _get_vendor_quality_last_day(self):
        """Return the last day of service, or False while no end is in sight."""
        self.ensure_one()
        days = [self.date_end] if self.term != "auto_renew" else []
        return min(filter(None, [*days, self.termination_date]), default=False)

    def _get_vendor_quality_default(self):
        """Return the template of the contract's category, or of what is bought."""
        self.ensure_one()
        # Whoever makes the contract gets the template, also without a quality role.
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
            current = contract.sudo().vendor_quality_template_id
            if contract.state in SETUP_STATES or current.id == template_id:
                continue
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
