from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ItsmCategory(models.Model):
    """A category of services, of software or of hardware, as fine as reports need.

    Every user reads them, the desk's managers edit them. A category without
    company is shared among all companies.
    """

    _name = "itsm.category"
    _description = "Service Category"
    _parent_store = True
    _rec_name = "complete_name"
    _order = "sequence, complete_name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Full Name",
        compute="_compute_complete_name",
        recursive=True,
        store=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=[("software", "Software"), ("hardware", "Hardware")],
        required=True,
        default="software",
    )
    parent_id = fields.Many2one(
        comodel_name="itsm.category",
        string="Parent Category",
        ondelete="restrict",
        check_company=True,
        index=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many(
        comodel_name="itsm.category",
        inverse_name="parent_id",
        string="Subcategories",
    )
    service_ids = fields.One2many(
        comodel_name="itsm.service",
        inverse_name="category_id",
        string="Services",
    )
    article_folder_id = fields.Many2one(
        comodel_name="itsm.article.folder",
        string="Knowledge Folder",
        check_company=True,
        index="btree_not_null",
        help="Articles written from tickets of this category go there.",
    )
    handling_form_id = fields.Many2one(
        comodel_name="itsm.form",
        string="Handling Form",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="What is filled in before a ticket is solved, beside cause and action. "
        "Empty: that of the parent category.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the category among all companies.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for category in self:
            parent = category.parent_id.complete_name
            category.complete_name = (
                f"{parent} / {category.name}" if parent else category.name
            )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("parent_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A category cannot be placed below itself.")
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_handling_form(self):
        """Return the form of the category, or of the nearest one above that has one."""
        category = self
        while category and not category.handling_form_id.active:
            category = category.parent_id
        return category.handling_form_id
