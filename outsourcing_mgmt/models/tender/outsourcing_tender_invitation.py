from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.grants import server_write
from ..base.groups import PROCUREMENT
from ..messages.outsourcing_vendor_mail import OUTCOMES, PROBLEMS
from ..vendor.listed import find_listed, get_listed_reasons, get_listed_text


class OutsourcingTenderInvitation(models.Model):
    """The invitation of one vendor to bid in a tender.

    Draft -> sent -> opened (the vendor looked at it in the portal) -> answered
    (accepted, declined, or a bid was received). Sent with the publication of
    the tender, or by procurement later on. A vendor sees its own invitation only,
    and is never told who else is invited. What a vendor answers is recorded by
    ``vendor.py`` of the bids.
    """

    _name = "outsourcing.tender.invitation"
    _description = "Tender Invitation"
    _inherit = ["outsourcing.author.part.mixin"]
    _order = "tender_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    _author_parent = "tender_id"

    _flow_transitions = {
        "draft": {"sent"},
        "sent": {"opened", "answered"},
        "opened": {"answered"},
        "answered": set(),
    }
    _flow_verbs = {"sent": "send", "opened": "answer", "answered": "answer"}
    _flow_groups = {"send": (PROCUREMENT,)}
    _flow_system_fields = frozenset(
        {
            "answered_at",
            "mail_outcome",
            "mail_problem",
            "opened_at",
            "response",
            "sent_at",
        }
    )
    _flow_content_fields = frozenset({"tender_id", "partner_id"})
    _flow_content_states = frozenset({"draft"})

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="The vendor, or the person there who gets the invitation. All users of "
        "the same company see it in the portal.",
    )
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Company of the Vendor",
        compute="_compute_commercial_partner_id",
        store=True,
        index=True,
        help="The company when it was invited: who is invited does not follow a "
        "contact that is moved to another company.",
    )
    email = fields.Char(related="partner_id.email")
    state = fields.Selection(
        selection=[
            ("draft", "Not sent"),
            ("sent", "Sent"),
            ("opened", "Viewed"),
            ("answered", "Answered"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
    )
    response = fields.Selection(
        selection=[
            ("accepted", "Will bid"),
            ("declined", "Declined"),
            ("bid", "Bid received"),
        ],
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    sent_at = fields.Datetime(string="Sent On", readonly=True, copy=False)
    opened_at = fields.Datetime(string="Viewed On", readonly=True, copy=False)
    answered_at = fields.Datetime(string="Answered On", readonly=True, copy=False)

    mail_outcome = fields.Selection(
        selection=OUTCOMES,
        string="Mail",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What became of the mails to this vendor: waiting, taken by the mail "
        "server, not sent, or returned by the vendor's server.",
    )
    mail_problem = fields.Text(
        string="What the Mail Server Says", readonly=True, copy=False
    )

    can_send = fields.Boolean(compute="_compute_flow_can")

    _vendor_unique = models.UniqueIndex(
        "(tender_id, commercial_partner_id)",
        "The vendor, or another contact of its company, is invited to this tender "
        "already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        for invitation in self:
            invitation.commercial_partner_id = (
                invitation.partner_id.commercial_partner_id
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("partner_id", "tender_id")
    def _check_listed(self):
        """A vendor on the blacklist is not invited."""
        if texts := get_listed_reasons(self):
            raise ValidationError("\n".join(dict.fromkeys(texts.values())))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send(self):
        """Mail the invitation; for vendors added after the publication."""
        return self._take_step("sent")

    def action_send_again(self):
        """Mail the invitation anew, where the mail did not arrive."""
        self.check_access("write")
        self._flow_check_can("send")
        # sudo: what became of a mail is written by nobody.
        again = self.sudo().filtered(lambda item: item.mail_outcome in PROBLEMS)
        server_write(again, {"mail_outcome": False, "mail_problem": False})
        again._mail_invitation()
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_barred(self, vendors, company):
        """Return ``{vendor id: why it is not invited}`` of those who may not be.

        A module that refuses invitations for another reason extends this.

        :param res.partner vendors: whom somebody wants to invite
        :param res.company company: who tenders
        """
        listed = find_listed(self.env, [(vendor, company) for vendor in vendors])
        return {vendor: get_listed_text(row) for (vendor, _id), row in listed.items()}

    def _get_cannot_send_reason(self):
        reasons = {}
        for invitation in self:
            if not invitation.tender_id._is_bidding_open():
                reasons[invitation.id] = self.env._(
                    "invitations go out with the publication and until the bid "
                    "deadline."
                )
            elif not invitation.partner_id.email:
                reasons[invitation.id] = self.env._(
                    "the vendor has no mail address; fill it in on the contact."
                )
        return get_listed_reasons(self) | reasons

    def _get_cannot_answer_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("only the vendor answers, in the portal.")
        )

    def _on_enter_sent(self, origins):
        server_write(self, {"sent_at": fields.Datetime.now()})
        self._mail_invitation()
        for invitation in self:
            invitation.tender_id._plan_account_activity(invitation.partner_id)

    def _mail_invitation(self):
        for invitation in self:
            invitation.tender_id._mail_partners(
                "outsourcing_mgmt.mail_template_invitation", invitation.partner_id
            )

    def _on_enter_opened(self, origins):
        server_write(self, {"opened_at": fields.Datetime.now()})
