from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.outsourcing_grant import server_write
from .outsourcing_bid_vendor import MAX_TEXT


class OutsourcingBid(models.Model):
    """The steps of a vendor with his bid, their rules, and his result."""

    _inherit = "outsourcing.bid"

    # ------------------------------------------------------------
    # AFTER SEALING
    # ------------------------------------------------------------

    def _vendor_replace(self):
        """Withdraw the bid and return a new draft that begins with its content."""
        self._check_vendor()
        self._check_in_time()
        content = self._vendor_read()
        files = [
            (file["kind"], *self._vendor_get_file(file["id"]))
            for file in content["files"]
        ]
        tender = self.tender_id
        self.action_withdraw()
        draft = self._vendor_start(tender)
        draft._vendor_save(
            prices={
                row["line"]: (row["price"], row["note"]) for row in content["rows"]
            },
            note=content["note"],
        )
        for kind, name, data in files:
            draft._vendor_add_file(name, data, kind)
        return draft

    def _vendor_reconfirm(self):
        """Keep the sealed bid as it is after an addendum."""
        self._check_vendor()
        self._check_in_time()
        if self.state != "sealed":
            raise UserError(self.env._("Only a sealed bid is confirmed."))
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(
            self.sudo(),
            {"needs_reconfirmation": False, "reconfirmed_at": fields.Datetime.now()},
        )
        self._audit("reconfirm")

    # ------------------------------------------------------------
    # RESULT
    # ------------------------------------------------------------

    def _vendor_get_result(self):
        """Return what the vendor may know of the outcome, or None before it.

        :return: dict with ``award``, ``won``, ``objection`` and ``may_object``
        """
        self._check_vendor()
        award = self.tender_id.award_ids.filtered(
            lambda award: award.state in ("notified", "final")
        )[:1]
        if not award:
            return None
        objection = self.env["outsourcing.objection"].sudo()
        objection = objection.search(
            [("award_id", "=", award.id), ("bid_id", "=", self.id)], limit=1
        )
        return {
            "award": award,
            "won": award.bid_id == self,
            "objection": objection,
            "may_object": award.state == "notified"
            and award.bid_id != self
            and not objection,
        }

    def _get_vendor_state(self):
        """Return the state as the vendor may know it: no result before its notice."""
        self.ensure_one()
        if self.state == "draft":
            return "draft"
        if self.state == "sealed":
            return "confirm" if self.needs_reconfirmation else "sealed"
        result = self._vendor_get_result()
        if self.tender_id.state in ("failed", "cancelled"):
            return "ended"
        if not result:
            return "evaluation"
        return "won" if result["won"] else "lost"

    def _vendor_object(self, reason):
        """Object to the award in its standstill."""
        self._check_vendor()
        result = self._vendor_get_result()
        if not result or not result["may_object"]:
            raise UserError(
                self.env._(
                    "Objections are received once from each vendor, in the standstill "
                    "between the notice of the award and its becoming final."
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Write the reason of your objection."))
        # A vendor has no rights on objections; the checks above are the right.
        return (
            self.env["outsourcing.objection"]
            .sudo()
            .create(
                {
                    "award_id": result["award"].id,
                    "bid_id": self.id,
                    "reason": reason.strip()[:MAX_TEXT],
                }
            )
        )

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _is_vendor(self):
        """Whether the acting user bids for this vendor; ``sudo()`` is no help."""
        user = self.env.user
        return (
            user.has_group("base.group_portal")
            and user.partner_id.commercial_partner_id == self.partner_id
        )

    def _check_vendor(self):
        self.ensure_one()
        if not self._is_vendor():
            raise AccessError(self.env._("This is the bid of another vendor."))

    def _check_in_time(self):
        if not self.tender_id._is_bidding_open():
            self._audit_if_late("late_attempt")
            raise UserError(self.tender_id._get_bidding_closed_message())

    def _check_vendor_may_change(self):
        self._check_vendor()
        self._check_in_time()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "Your bid is sealed. Withdraw or replace it before you change it."
                )
            )

    def _get_cannot_seal_reason(self):
        reasons = {}
        self.tender_id._hold_open()
        for bid in self:
            if not bid._is_vendor():
                reasons[bid.id] = self.env._("only the vendor seals it, in the portal.")
            elif not bid.tender_id._is_bidding_open():
                reasons[bid.id] = bid.tender_id._get_bidding_closed_message()
            elif not bid.tender_id._vendor_is_eligible(bid.partner_id):
                reasons[bid.id] = self.env._("the vendor is not invited.")
            elif problem := bid._get_incomplete_reason():
                reasons[bid.id] = problem
        return reasons

    def _get_incomplete_reason(self):
        """Return what the draft lacks; asked by its vendor only."""
        content = self._vendor_read()
        if not content["complete"]:
            return self.env._("fill in a price for every line.")
        if not content["total"]:
            return self.env._("the total of a bid is above zero.")
        if not content["declared"]:
            return self.env._("tick the declaration.")
        return ""

    def _get_cannot_withdraw_reason(self):
        reasons = {}
        self.tender_id._hold_open()
        for bid in self:
            if not bid._is_vendor():
                reasons[bid.id] = self.env._(
                    "only the vendor withdraws it, in the portal."
                )
            elif not bid.tender_id._is_bidding_open():
                reasons[bid.id] = bid.tender_id._get_bidding_closed_message()
        return reasons

    @api.model
    def _get_declaration(self):
        """Return the text that a vendor agrees to when he seals."""
        return self.env._(
            "We have read the tender documents and all addenda, accept their "
            "conditions, offer the prices independently of other bidders, and are "
            "bound by this bid until the award is final."
        )

    def _mail_vendor(self, template):
        """Send a template to the person who acts and to his company, one by one."""
        self.ensure_one()
        partners = self.env.user.partner_id | self.partner_id
        self.tender_id._mail_partners(template, partners, bid=self)
