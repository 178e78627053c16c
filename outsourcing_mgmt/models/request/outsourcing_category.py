from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.one_record import check_one


class OutsourcingCategory(models.Model):
    """A kind of service that is outsourced (cleaning, guards, IT support).

    Carries what a request or tender of this kind starts with. Read by every
    user of the suite, kept by the manager.
    """

    _name = "outsourcing.category"
    _description = "Outsourcing Category"
    _parent_name = "parent_id"
    _parent_store = True
    _order = "complete_name, id"
    _rec_name = "complete_name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Full Name",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
        index="trigram",
    )
    code = fields.Char(index="btree_not_null", copy=False)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        comodel_name="outsourcing.category",
        string="Parent Category",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many(
        comodel_name="outsourcing.category",
        inverse_name="parent_id",
        string="Subcategories",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the category between companies.",
    )

    # What a request or tender of this kind starts with
    procedure_id = fields.Many2one(
        comodel_name="outsourcing.procedure",
        string="Default Procedure",
        check_company=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service Product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        help='Bought on the order. Its control policy is "on received quantities", '
        "so that a vendor bill follows what was accepted.",
    )
    needs_milestones = fields.Boolean(
        string="Contracts Need Milestones",
        help="A contract of the category is sent to sign with planned deliveries only.",
    )
    needs_annex = fields.Boolean(
        string="Contracts Need an Annex",
        help="A contract of the category is sent to sign with an annex or a price list "
        "only, so that what is signed says what is delivered.",
    )
    needs_certificate = fields.Boolean(
        string="Contracts Need a Certificate",
        help="A contract of the category is signed only with a certificate or an "
        "insurance of the vendor among its documents that is valid.",
    )
    criterion_ids = fields.One2many(
        comodel_name="outsourcing.category.criterion",
        inverse_name="category_id",
        string="Default Criteria",
    )
    request_count = fields.Integer(compute="_compute_request_count")

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "Another category has this code already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            names = [category.parent_id.complete_name, category.name]
            category.complete_name = " / ".join(filter(None, names))

    def _compute_request_count(self):
        counts = dict(
            self.env["outsourcing.request"]._read_group(
                [("category_id", "in", self.ids)], ["category_id"], ["__count"]
            )
        )
        for category in self:
            category.request_count = counts.get(category, 0)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A category cannot be its own parent or subcategory.")
            )

    @api.constrains("product_id")
    def _check_product_id(self):
        for category in self.filtered("product_id"):
            product = category.product_id
            if product.type != "service" or product.purchase_method != "receive":
                raise ValidationError(
                    self.env._(
                        '%(product)s: choose a service whose control policy is "on '
                        'received quantities", so that bills follow accepted work.',
                        product=product.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_requests(self):
        """Open the requests of the category and its subcategories."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_request_action"
        )
        action["domain"] = [("category_id", "child_of", self.id)]
        action["context"] = {"default_category_id": self.id}
        return action


class OutsourcingCategoryCriterion(models.Model):
    """An award criterion that tenders of a category start with.

    Copied to the tender, which may change it before publication.
    """

    _name = "outsourcing.category.criterion"
    _description = "Default Award Criterion"
    _order = "sequence, id"

    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="category_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    kind = fields.Selection(
        selection=[
            ("pass_fail", "Pass / fail"),
            ("scored", "Scored"),
            ("record", "Past quality"),
            ("price", "Price"),
        ],
        required=True,
        default="scored",
    )
    weight = fields.Integer(
        string="Weight (basis points)",
        help="Share of the total in basis points: 10000 is the whole, 2500 a quarter.",
    )
    max_points = fields.Float(string="Maximum Points", default=100.0)

    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 10000)",
        "A weight lies between 0 and 10000 basis points.",
    )
