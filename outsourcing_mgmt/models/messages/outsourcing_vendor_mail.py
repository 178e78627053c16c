from odoo import fields, models

from ..base.grants import server_create, server_write
from .mail_activity import find_next_user, may_act

MAX_PROBLEM = 500
PROBLEMS = ("failed", "bounced")
ABOUT_BIDS = "outsourcing_mgmt.mail_template_bid_"
OUTCOMES = [
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("failed", "Not Sent"),
    ("bounced", "Returned"),
]


class OutsourcingVendorMail(models.Model):
    """What became of a mail that told a vendor about a tender.

    Deadlines and standstills begin with such mails. Nobody reads these rows, as they
    name who has a draft of a bid: an invitation says what became of its mails, and
    the buyer gets an activity where one did not arrive.
    """

    _name = "outsourcing.vendor.mail"
    _description = "Mail to a Vendor of a Tender"
    _inherit = ["outsourcing.server.rows.mixin"]
    _order = "id desc"
    _rec_name = "message_id"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", required=True, index=True, ondelete="restrict"
    )
    template = fields.Char(required=True, help="What the mail was about.")
    message_id = fields.Char(index=True, help="Its number in mail headers.")
    outcome = fields.Selection(selection=OUTCOMES, required=True, default="waiting")
    problem = fields.Text(help="What the mail server said.")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._("What became of a mail is noted by the mail server only.")


# ------------------------------------------------------------
# SERVER'S OWN ACTS
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would change what
# became of a mail.


def note_mail(tender, partner, template, mail=None, problem=""):
    """Note that a mail to a vendor waits to be sent, or could not be made.

    :param str template: XML id
    :param mail: mail.mail; None where there is none
    """
    # sudo: nobody has rights on these rows.
    rows = tender.env["outsourcing.vendor.mail"].sudo()
    row = server_create(
        rows,
        {
            "tender_id": tender.id,
            "partner_id": partner.id,
            "template": template,
            "message_id": mail.message_id if mail else False,
        },
    )
    _note(row, "waiting" if mail else "failed", problem)


def note_planned(tender, partners, template):
    """Note on the invitations that a mail is made next.

    :param res.partner partners: who gets it
    :param str template: XML id
    """
    if template.startswith(ABOUT_BIDS):
        return
    # sudo: whoever takes the step need not read vendors and invitations.
    vendors = partners.sudo().commercial_partner_id
    # sudo: as above.
    invitations = tender.sudo().invitation_ids.filtered(
        lambda item: (
            item.commercial_partner_id in vendors and item.mail_outcome not in PROBLEMS
        )
    )
    server_write(invitations, {"mail_outcome": "waiting", "mail_problem": False})


def note_outcome(env, message_ids, outcome, problem=""):
    """Note what became of the mails with these numbers; others are not ours."""
    if not message_ids:
        return
    # sudo: nobody has rights on these rows.
    rows = env["outsourcing.vendor.mail"].sudo()
    for row in rows.search([("message_id", "in", list(message_ids))]):
        if row.outcome != "bounced":
            _note(row, outcome, problem)


def _note(row, outcome, problem):
    server_write(row, {"outcome": outcome, "problem": (problem or "")[:MAX_PROBLEM]})
    vendor = row.partner_id.commercial_partner_id
    invitation = row.tender_id.invitation_ids.filtered(
        lambda item: item.commercial_partner_id == vendor
    )
    # Mails about a bid leave no trace there, or it would tell who prepares one. Later
    # mails that leave the house do not make up for one that came back.
    is_told_to_all = not row.template.startswith(ABOUT_BIDS)
    if is_told_to_all and (
        invitation.mail_outcome not in PROBLEMS or outcome in PROBLEMS
    ):
        server_write(invitation, {"mail_outcome": outcome, "mail_problem": row.problem})
    if outcome in PROBLEMS:
        _ask_buyer(row)


def _ask_buyer(row):
    """Ask the buyer to reach the vendor, once for a tender until it is done.

    Without its name while bids are sealed: more people read activities than
    invitations, and nobody is told who prepares a bid.
    """
    tender, env = row.tender_id, row.env
    vendor = row.partner_id.commercial_partner_id
    is_known = vendor in tender.bid_ids.filtered("technical_opened_at").partner_id
    summary = (
        env._("A mail to %s did not arrive", vendor.display_name)
        if is_known
        else env._("A mail to a vendor of the tender did not arrive")
    )
    if summary in tender.activity_ids.mapped("summary"):
        return
    user = tender.user_id
    if not may_act(tender, user):
        user = find_next_user(tender, user) or user
    tender.activity_schedule(
        "mail.mail_activity_data_todo",
        summary=summary,
        note=env._(
            "Deadlines begin with these mails. Look at the invited vendors whose mail "
            "is not sent or returned, correct the address on the contact, and send the "
            "invitation again; or reach the vendor in another way."
        ),
        user_id=user.id,
        date_deadline=tender.company_id._outsourcing_today(),
    )
