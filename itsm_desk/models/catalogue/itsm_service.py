from odoo import fields, models

from ..base.selections import IMAC_KINDS, IMPACTS, TICKET_TYPES, URGENCIES


class ItsmService(models.Model):
    """An item of the catalogue, with the defaults of a ticket about it.

    With the defaults, requester, service and subject are enough to file a ticket
    on the phone.
    """

    _name = "itsm.service"
    _description = "Service of the Catalogue"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    category_id = fields.Many2one(
        comodel_name="itsm.category",
        required=True,
        ondelete="restrict",
        check_company=True,
        index=True,
    )
    kind = fields.Selection(related="category_id.kind", store=True)
    description = fields.Text(
        translate=True,
        help="Shown to the requester in the catalogue.",
    )
    request_hint = fields.Text(
        string="What to Tell Us",
        translate=True,
        help="Shown above the description when a user files a ticket: which "
        "facts the technician will need.",
    )
    request_form_id = fields.Many2one(
        comodel_name="itsm.form",
        string="Request Form",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="What is asked when somebody files a ticket for this service.",
    )
    is_portal = fields.Boolean(
        string="Shown in the Portal",
        default=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Leave empty to offer the service in all companies; then each company's "
        "first team handles it.",
    )

    # Defaults of a new ticket
    ticket_type = fields.Selection(
        selection=TICKET_TYPES,
        required=True,
        default="incident",
    )
    imac_kind = fields.Selection(selection=IMAC_KINDS, string="Kind of IMAC")
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        string="Team",
        check_company=True,
        index="btree_not_null",
    )
    impact = fields.Selection(selection=IMPACTS, required=True, default="1")
    urgency = fields.Selection(selection=URGENCIES, required=True, default="2")
    needs_approval = fields.Boolean(
        string="Manager Approves",
        help="A request for this service waits for the requester's manager before "
        "it may be worked on.",
    )
    ticket_ids = fields.One2many(
        comodel_name="itsm.ticket",
        inverse_name="service_id",
        string="Tickets",
    )
