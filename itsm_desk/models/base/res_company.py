from odoo import fields, models


class ResCompany(models.Model):
    """Rules of the service desk that differ from company to company."""

    _inherit = "res.company"

    itsm_sign_off_days = fields.Integer(
        string="Days to Sign Off",
        default=5,
        help="Working days in which the requester signs off a solution or writes "
        "again to reopen it. Afterwards the ticket closes without a signature, and a "
        "new message opens a follow-up ticket.",
    )
    itsm_accept_unknown = fields.Boolean(
        string="Accept Mail of Unknown Senders",
        default=True,
        help="A contact is made for whoever writes to the address of a team. "
        "Otherwise mail from unknown addresses is returned.",
    )
    itsm_portal_share = fields.Boolean(
        string="Share Tickets within a Customer",
        help="Portal users also see, but cannot sign off, the tickets of their "
        "colleagues in the same company.",
    )

    _itsm_sign_off_days_positive = models.Constraint(
        "CHECK (itsm_sign_off_days > 0)",
        "Give requesters at least one working day to sign off.",
    )
