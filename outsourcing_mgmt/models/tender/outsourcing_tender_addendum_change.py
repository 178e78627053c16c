from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_repr

from ..base.grants import server_create, server_write

LINE_VALUES = ("product_id", "name", "product_qty", "product_uom_id")
CRITERION_VALUES = ("kind", "name", "description", "weight", "min_points", "max_points")


class OutsourcingTenderAddendumChange(models.Model):
    """What an addendum changes in the services or the criteria of a published tender.

    A new service or criterion, other values of one, or one that falls away. It holds
    when the addendum is published; the values before are kept with it, so that the
    notice tells what changed.
    """

    _name = "outsourcing.tender.addendum.change"
    _description = "Change by an Addendum"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "addendum_id, sequence, id"
    _check_company_auto = True

    _flow_parent = "addendum_id"
    _flow_parent_lines = "change_ids"

    addendum_id = fields.Many2one(
        comodel_name="outsourcing.tender.addendum",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    tender_id = fields.Many2one(related="addendum_id.tender_id", store=True, index=True)
    company_id = fields.Many2one(
        related="addendum_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    subject = fields.Selection(
        selection=[("line", "Service"), ("criterion", "Criterion")],
        string="What",
        required=True,
        default="line",
    )
    operation = fields.Selection(
        selection=[
            ("change", "Changes"),
            ("add", "Is new"),
            ("remove", "Falls away"),
        ],
        required=True,
        default="change",
    )
    line_id = fields.Many2one(
        comodel_name="outsourcing.tender.line",
        string="Service Concerned",
        domain="[('tender_id', '=', tender_id)]",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )
    criterion_id = fields.Many2one(
        comodel_name="outsourcing.criterion",
        string="Criterion Concerned",
        domain="[('tender_id', '=', tender_id)]",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )

    # The values after the change
    name = fields.Text(
        string="Description",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service",
        domain="[('type', '=', 'service'), ('purchase_ok', '=', True)]",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    product_qty = fields.Float(
        string="Quantity",
        digits="Product Unit",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom",
        string="Unit",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    kind = fields.Selection(
        selection=lambda self: (
            self.env["outsourcing.criterion"]
            ._fields["kind"]
            ._description_selection(self.env)
        ),
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    description = fields.Text(
        string="What Is Looked At",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    weight = fields.Integer(
        string="Weight (basis points)",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
        help="Share of the total in basis points: 10000 is the whole, 2500 a quarter.",
    )
    min_points = fields.Float(
        string="Minimum Points",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    max_points = fields.Float(
        string="Maximum Points",
        compute="_compute_values",
        store=True,
        readonly=False,
        precompute=True,
    )
    before = fields.Json(
        readonly=True,
        copy=False,
        help="The values before the change, kept when the addendum is published.",
    )
    summary = fields.Text(
        string="In the Notice", compute="_compute_summary", compute_sudo=True
    )

    _target_given = models.Constraint(
        """CHECK (operation = 'add'
            OR (subject = 'line' AND line_id IS NOT NULL)
            OR (subject = 'criterion' AND criterion_id IS NOT NULL))""",
        "Choose the service or the criterion that changes or falls away.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (subject <> 'line' OR operation = 'remove' OR product_qty > 0)",
        "A service needs a quantity above zero.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("subject", "operation", "line_id", "criterion_id")
    def _compute_values(self):
        """Propose the values as they are now."""
        for change in self:
            line = change.line_id if change.subject == "line" else False
            criterion = change.criterion_id if change.subject == "criterion" else False
            source = line or criterion
            change.name = source.name if source else change.name
            if line:
                change.product_id = line.product_id
                change.product_qty = line.product_qty
                change.product_uom_id = line.product_uom_id
            elif change.subject == "line":
                change.product_qty = change.product_qty or 1.0
            if criterion:
                for name in ("kind", "description", "weight", "min_points"):
                    change[name] = criterion[name]
                change.max_points = criterion.max_points
            elif change.subject == "criterion":
                change.kind = change.kind or "scored"
                change.max_points = change.max_points or 100.0

    @api.depends(
        *("subject", "operation", "before", "name", "addendum_id.state"),
        *("line_id", "criterion_id", "product_id", "product_qty"),
        *("product_uom_id", "kind", "weight", "min_points", "max_points"),
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for change in self:
            change.summary = change._get_summary()

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("addendum_id", "line_id", "criterion_id")
    def _check_tender(self):
        for change in self:
            for source in (change.line_id, change.criterion_id):
                if source and source.tender_id != change.tender_id:
                    raise ValidationError(
                        self.env._(
                            '"%(part)s" belongs to another tender than %(tender)s.',
                            part=source.display_name,
                            tender=change.tender_id.display_name,
                        )
                    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_source(self):
        """Return the service or criterion that changes or falls away."""
        self.ensure_one()
        return self.line_id if self.subject == "line" else self.criterion_id

    def _get_names(self):
        return LINE_VALUES if self.subject == "line" else CRITERION_VALUES

    def _get_after(self):
        """Return the values that hold after the change, as texts and numbers."""
        self.ensure_one()
        return {name: self._convert(self[name]) for name in self._get_names()}

    def _get_now(self):
        """Return the values of the tender as they are now; none for what is new."""
        self.ensure_one()
        source = self._get_source()
        if self.operation == "add" or not source:
            return {}
        return {name: self._convert(source[name]) for name in self._get_names()}

    def _get_before(self):
        """Return the values before the change; kept ones once it is published."""
        self.ensure_one()
        if self.addendum_id.state == "draft":
            return self._get_now()
        return self.before or {}

    @api.model
    def _convert(self, value):
        return value.id if isinstance(value, models.BaseModel) else value or False

    def _get_summary(self):
        """Say in one line what changes; vendors read it in the notice."""
        self.ensure_one()
        before, after = self._get_before(), self._get_after()
        title = before.get("name") or after.get("name") or ""
        if self.operation == "remove":
            return self.env._("%s falls away.", title)
        if self.operation == "add":
            details = [
                self._format(name, after[name])
                for name in after
                if after[name] and name not in ("name", "description", "product_id")
            ]
            return self.env._(
                "New: %(title)s (%(details)s).",
                title=title,
                details=", ".join(details),
            )
        parts = [
            self.env._(
                "%(field)s: %(after)s instead of %(before)s",
                field=self._fields[name]._description_string(self.env),
                after=self._format_value(name, after[name]),
                before=self._format_value(name, before.get(name)),
            )
            for name in after
            if after[name] != before.get(name)
        ]
        if not parts:
            return self.env._("%s: nothing changes.", title)
        return f"{title}: {'; '.join(parts)}."

    def _format(self, name, value):
        label = self._fields[name]._description_string(self.env)
        return f"{label}: {self._format_value(name, value)}"

    def _format_value(self, name, value):
        """Return a value of the change as text."""
        field = self._fields[name]
        if field.type == "many2one":
            # sudo: vendors read the notice, and no products or units.
            record = self.env[field.comodel_name].sudo().browse(value or [])
            return record.display_name or "-"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "-")
        if name == "weight":
            return f"{(value or 0) / 100:g} %"
        if field.type == "float":
            digits = field.get_digits(self.env)
            text = float_repr(value or 0.0, digits[1] if digits else 2)
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value or "-"

    def _changes_service(self, before):
        """Whether what is to be priced changes, and not its description alone.

        :param dict before: values before the change
        """
        self.ensure_one()
        if self.subject != "line":
            return False
        after = self._get_after()
        return self.operation != "change" or any(
            before.get(name) != after[name] for name in after if name != "name"
        )

    def _get_quantity_after(self):
        """Return the quantity after the change in the unit of the service before."""
        self.ensure_one()
        if self.operation == "remove":
            return 0.0
        unit, before = self.product_uom_id, self.line_id.product_uom_id
        if not unit or unit == before:
            return self.product_qty
        return unit._compute_quantity(
            self.product_qty, before, round=False, raise_if_failure=False
        )

    def _is_empty(self):
        """Whether nothing would change."""
        self.ensure_one()
        return self.operation == "change" and self._get_before() == self._get_after()

    def _get_incomplete_reason(self):
        """Say what the change lacks, or return an empty string."""
        self.ensure_one()
        if self.operation != "remove":
            needed = ("product_id", "product_uom_id", "name")
            if self.subject == "criterion":
                needed = ("name", "kind", "max_points")
            missing = [
                self._fields[name]._description_string(self.env)
                for name in needed
                if not self[name]
            ]
            if missing:
                return self.env._(
                    "a change lacks: %s.", ", ".join(f'"{name}"' for name in missing)
                )
        if self._is_empty():
            return self._get_summary()
        return ""


def apply_changes(addendum):
    """Let the changes of an addendum take effect on its tender.

    No method of the record, so that templates and server actions cannot call it.

    :param addendum: outsourcing.tender.addendum that is being published
    """
    # sudo: the tender is frozen for everybody; the addendum says what changes.
    for change in addendum.sudo().change_ids:
        source = change._get_source()
        server_write(change, {"before": change._get_now()})
        after = {name: change[name] for name in change._get_names()}
        values = {
            name: value.id if isinstance(value, models.BaseModel) else value
            for name, value in after.items()
        }
        if change.operation == "add":
            [made] = server_create(
                source.browse(), [{"tender_id": addendum.tender_id.id, **values}]
            )
            field = "line_id" if change.subject == "line" else "criterion_id"
            server_write(change, {field: made.id})
        elif change.operation == "remove":
            server_write(source, {"active": False})
        else:
            server_write(source, values)
