from odoo import fields, models


class ItsmTicket(models.Model):
    """What was done, and what the requester says to it: the record of a solution."""

    _inherit = "itsm.ticket"

    # Handling form
    cause = fields.Text(copy=False)
    action_taken = fields.Text(copy=False)
    minutes_spent = fields.Integer(string="Minutes", copy=False, aggregator="sum")
    parts_used = fields.Text(string="Parts", copy=False)
    resolution_code_id = fields.Many2one(
        comodel_name="itsm.resolution.code",
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    solution = fields.Html(
        sanitize=True,
        copy=False,
        help="What the requester is told; the base of a knowledge article.",
    )
    solved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Solved by",
        copy=False,
        index="btree_not_null",
        readonly=True,
    )
    solver_partner_id = fields.Many2one(
        comodel_name="res.partner",
        copy=False,
        export_string_translation=False,
        readonly=True,
    )
    solved_at = fields.Datetime(string="Solved on", copy=False, readonly=True)
    closed_at = fields.Datetime(string="Closed on", copy=False, readonly=True)
    reopen_count = fields.Integer(string="Reopened", copy=False, readonly=True)
    is_first_contact_fix = fields.Boolean(
        string="Fixed at First Contact",
        compute="_compute_is_first_contact_fix",
        store=True,
        help="Solved by its first responder, never escalated and never reopened.",
    )

    # Sign-off
    sign_off_deadline = fields.Datetime(
        copy=False,
        readonly=True,
        help="Without an answer by then the ticket closes unsigned.",
    )
    signed_off_by_id = fields.Many2one(
        comodel_name="res.partner",
        string="Signed off by",
        copy=False,
        readonly=True,
    )
    signed_off_at = fields.Datetime(string="Signed off on", copy=False, readonly=True)
    sign_off_method = fields.Selection(
        selection=[
            ("portal", "Portal"),
            ("mail", "Mail link"),
            ("backend", "Back office"),
            ("desk", "Code at the desk"),
            ("unsigned", "Unsigned: time limit"),
        ],
        string="Signed off by Way of",
        copy=False,
        readonly=True,
    )
    signature = fields.Image(copy=False, attachment=True, max_width=1024, readonly=True)
    rating_value = fields.Integer(
        string="Rating",
        copy=False,
        aggregator="avg",
        readonly=True,
        help="From 1 (bad) to 5 (excellent), by the requester.",
    )
    rating_comment = fields.Text(copy=False, readonly=True)
    is_satisfaction_counted = fields.Boolean(
        string="Counts for Satisfaction",
        compute="_compute_is_satisfaction_counted",
        store=True,
        help="The requester rated it himself. Ratings given in front of the "
        "technician are kept but left out of satisfaction figures.",
    )

    _rating_range = models.Constraint(
        "CHECK (rating_value IS NULL OR rating_value BETWEEN 0 AND 5)",
        "A rating goes from 1 to 5.",
    )
    _signer_not_solver = models.Constraint(
        "CHECK (signed_off_by_id IS NULL OR signed_off_by_id <> solver_partner_id)",
        "Whoever solved a ticket can neither sign it off nor rate it.",
    )
    _minutes_positive = models.Constraint(
        "CHECK (minutes_spent IS NULL OR minutes_spent >= 0)",
        "Minutes cannot be negative.",
    )
    _sign_off_deadline_idx = models.Index("(sign_off_deadline) WHERE state = 'solved'")
