from odoo import fields, models


class ItsmPendingReason(models.Model):
    """Why work on a ticket pauses, and which clocks the pause stops."""

    _name = "itsm.pending.reason"
    _description = "Reason for Pausing"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    resume_on_reply = fields.Boolean(
        string="Resume on Reply",
        help="The ticket goes back to work by itself when its requester answers.",
    )
    stops_response = fields.Boolean(
        string="Stops the Response Clock",
        help="Leave empty unless nobody may answer yet: waiting for the requester is "
        "no reason to answer later.",
    )
    stops_resolution = fields.Boolean(
        string="Stops the Resolution Clock",
        help="Set it when the time of the pause is not the service's own.",
    )
    needs_question = fields.Boolean(
        string="Ask the Requester",
        help="The pause comes with a question, which the requester reads.",
    )
    remind_days = fields.Integer(
        string="Remind after",
        help="Working days after which the requester is reminded of the question, and "
        "so on. 0: never.",
    )
    limit_days = fields.Integer(
        string="Ends after",
        help="Working days after which the pause ends without an answer and the owner "
        "decides. 0: never.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the reason among all companies.",
    )

    _days_positive = models.Constraint(
        "CHECK (remind_days >= 0 AND limit_days >= 0)",
        "Days of a pause cannot be negative.",
    )


class ItsmResolutionCode(models.Model):
    """How a ticket ended, as counted in reports."""

    _name = "itsm.resolution.code"
    _description = "Resolution Code"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the code among all companies.",
    )
