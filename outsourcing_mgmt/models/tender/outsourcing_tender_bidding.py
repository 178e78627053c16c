from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.outsourcing_grant import server_write


class OutsourcingTenderBidding(models.Model):
    """What a tender shows to vendors, and what it takes from them."""

    _inherit = "outsourcing.tender"

    document_ids = fields.One2many(
        comodel_name="outsourcing.tender.document",
        inverse_name="tender_id",
        string="Documents",
        copy=False,
    )
    addendum_ids = fields.One2many(
        comodel_name="outsourcing.tender.addendum",
        inverse_name="tender_id",
        string="Addenda",
        copy=False,
    )
    invitation_ids = fields.One2many(
        comodel_name="outsourcing.tender.invitation",
        inverse_name="tender_id",
        string="Invitations",
        copy=True,
    )
    question_ids = fields.One2many(
        comodel_name="outsourcing.tender.question",
        inverse_name="tender_id",
        string="Questions",
        copy=False,
    )
    bid_ids = fields.One2many(
        comodel_name="outsourcing.bid",
        inverse_name="tender_id",
        string="Bids",
        domain=[("state", "!=", "draft")],
        copy=False,
    )
    bid_count = fields.Integer(
        string="Bids Received",
        compute="_compute_bid_count",
        help="Sealed bids that were not withdrawn.",
    )
    invitation_count = fields.Integer(compute="_compute_invitation_count")
    open_question_count = fields.Integer(compute="_compute_open_question_count")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_bid_count(self):
        # A number alone; the rules of the procedure need it for every user.
        groups = (
            self.env["outsourcing.bid"]
            .sudo()
            ._read_group(
                [
                    ("tender_id", "in", self.ids),
                    ("state", "not in", ("draft", "withdrawn")),
                ],
                ["tender_id"],
                ["__count"],
            )
        )
        counts = {tender.id: count for tender, count in groups}
        for tender in self:
            tender.bid_count = counts.get(tender.id, 0)

    def _compute_invitation_count(self):
        counts = dict(
            self.env["outsourcing.tender.invitation"]._read_group(
                [("tender_id", "in", self.ids)], ["tender_id"], ["__count"]
            )
        )
        for tender in self:
            tender.invitation_count = counts.get(tender, 0)

    def _compute_open_question_count(self):
        counts = dict(
            self.env["outsourcing.tender.question"]._read_group(
                [("tender_id", "in", self.ids), ("state", "=", "new")],
                ["tender_id"],
                ["__count"],
            )
        )
        for tender in self:
            tender.open_question_count = counts.get(tender, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_bids(self):
        return self._get_part_action("outsourcing_mgmt.outsourcing_bid_action")

    def action_view_invitations(self):
        return self._get_part_action(
            "outsourcing_mgmt.outsourcing_tender_invitation_action"
        )

    def action_view_questions(self):
        return self._get_part_action(
            "outsourcing_mgmt.outsourcing_tender_question_action"
        )

    def _get_part_action(self, action):
        self.ensure_one()
        values = self.env["ir.actions.act_window"]._for_xml_id(action)
        values["domain"] = [("tender_id", "=", self.id)]
        values["context"] = {"default_tender_id": self.id}
        return values

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    def _get_file_problems(self):
        problems = super()._get_file_problems()
        if self.method == "invited":
            invited = len(self.sudo().invitation_ids)
            needed = self._get_rule("min_invited")
            if invited < needed:
                problems.append(
                    self.env._(
                        "Invite at least %(needed)s vendors (%(invited)s so far).",
                        needed=needed,
                        invited=invited,
                    )
                )
        without_mail = self.sudo().invitation_ids.filtered(
            lambda invitation: not invitation.partner_id.email
        )
        if without_mail:
            problems.append(
                self.env._(
                    "Fill in the mail address of: %s.",
                    ", ".join(without_mail.partner_id.mapped("display_name")),
                )
            )
        without_file = self.sudo().document_ids.filtered(
            lambda document: document.state == "draft" and not document.size
        )
        if without_file:
            problems.append(
                self.env._(
                    "Add the file of: %s.", ", ".join(without_file.mapped("name"))
                )
            )
        return problems

    def _enter_published(self, origins):
        result = super()._enter_published(origins)
        self.document_ids.filtered(
            lambda document: document.state == "draft" and not document.addendum_id
        )._publish()
        self.invitation_ids.filtered(
            lambda invitation: invitation.state == "draft"
        ).action_send()
        return result

    def _enter_failed(self, origins):
        result = super()._enter_failed(origins)
        self._tell_ended(origins)
        return result

    def _enter_cancelled(self, origins):
        result = super()._enter_cancelled(origins)
        self._tell_ended(origins)
        return result

    def _tell_ended(self, origins):
        """Tell the vendors that a tender which they knew ends without an award."""
        for tender in self:
            if origins.get(tender.id) != "draft":
                tender._mail_vendors("outsourcing_mgmt.mail_template_tender_ended")

    def _apply_addendum(self, addendum):
        """Move the dates and ask for confirmation of the bids received so far."""
        self.ensure_one()
        vals = {}
        if addendum.bid_deadline > self.bid_deadline:
            shift = addendum.bid_deadline - self.bid_deadline
            vals["bid_deadline"] = addendum.bid_deadline
            if self.opening_date:
                vals["opening_date"] = self.opening_date + shift
        if addendum.new_question_deadline:
            vals["question_deadline"] = addendum.new_question_deadline
        if vals:
            server_write(self, vals)
        # Drafts are confirmed by sealing them; nobody but the vendor sees them.
        sealed = (
            self.env["outsourcing.bid"]
            .sudo()
            .search([("tender_id", "=", self.id), ("state", "=", "sealed")])
        )
        if sealed:
            server_write(
                sealed, {"needs_reconfirmation": True, "reconfirmed_at": False}
            )

    # ------------------------------------------------------------
    # WHO MAY SEE AND BID
    # ------------------------------------------------------------

    @api.model
    def _get_public_domain(self):
        """Return the tenders that anybody may see, without a login."""
        return Domain("publish_date", "!=", False) & Domain("method", "=", "open")

    @api.model
    def _get_vendor_domain(self):
        """Return the tenders that concern the acting vendor: invited, or his bid."""
        vendor = self.env.user.partner_id.commercial_partner_id
        invited = Domain(
            "invitation_ids",
            "any",
            [("commercial_partner_id", "=", vendor.id), ("state", "!=", "draft")],
        )
        own_bid = Domain(
            "id",
            "in",
            # The vendor's own bids and no others.
            self.env["outsourcing.bid"]
            .sudo()
            .search([("partner_id", "=", vendor.id)])
            .tender_id.ids,
        )
        return Domain("publish_date", "!=", False) & (invited | own_bid)

    def _vendor_is_eligible(self, partner):
        """Whether ``partner`` may bid: everybody, or the invited ones."""
        self.ensure_one()
        if self.method == "open":
            return True
        return bool(
            self.sudo().invitation_ids.filtered(
                lambda invitation: (
                    invitation.state != "draft"
                    and invitation.commercial_partner_id
                    == partner.commercial_partner_id
                )
            )
        )

    def _is_bidding_open(self):
        """Whether bids are received now, by the clock of the server."""
        self.ensure_one()
        tender = self.sudo()
        return bool(
            tender.state == "published"
            and tender.bid_deadline
            and fields.Datetime.now() < tender.bid_deadline
        )

    def _is_question_open(self):
        self.ensure_one()
        limit = self.sudo().question_deadline
        return self._is_bidding_open() and not (
            limit and fields.Datetime.now() >= limit
        )

    def _get_bidding_closed_message(self):
        self.ensure_one()
        tender = self.sudo()
        if tender.state == "draft" or not tender.bid_deadline:
            return self.env._("The tender is not published yet.")
        if tender.state in ("failed", "cancelled"):
            return self.env._("%s has ended without an award.", tender.display_name)
        return self.env._(
            "Bids for %(tender)s were received until %(deadline)s. By the clock of "
            "the server this moment has passed.",
            tender=tender.display_name,
            deadline=tender._format_moment(tender.bid_deadline),
        )

    def _check_vendor_may_bid(self):
        self.ensure_one()
        user = self.env.user
        if not user.has_group("base.group_portal"):
            raise AccessError(
                self.env._("Bids are made by vendors with their portal account.")
            )
        if not self._vendor_is_eligible(user.partner_id):
            raise AccessError(self.env._("Your company is not invited to this tender."))
        if not self._is_bidding_open():
            raise UserError(self._get_bidding_closed_message())

    def _check_vendor_may_ask(self):
        self._check_vendor_may_bid()
        if not self._is_question_open():
            raise UserError(
                self.env._(
                    "Questions were received until %s.",
                    self.sudo()._format_moment(self.sudo().question_deadline),
                )
            )

    def _hold_open(self):
        """Hold off the closing of the tenders until this transaction ends.

        A bid that was sealed in time but not yet committed would otherwise be
        missed by the opening. Vendors do not wait for each other; a request
        that comes after the closing is tried again and then sees it closed.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM outsourcing_tender WHERE id IN %s FOR SHARE",
                tuple(self.ids),
            )
        )

    def _answer_invitation(self, partner, response):
        """Note the answer of a vendor on his invitation, if he has one."""
        self.sudo().invitation_ids.filtered(
            lambda invitation: (
                invitation.state != "draft"
                and invitation.commercial_partner_id == partner.commercial_partner_id
            )
        )._answer(response)
