import base64
import binascii
from hashlib import sha256

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools import upload
from ...tools.one_record import check_one
from ..base.grants import server_write

PAPER_TYPES = ("jpeg", "jpg", "pdf", "png")


class OutsourcingBid(models.Model):
    """The guarantee that secures a bid: received, given back or claimed."""

    _inherit = "outsourcing.bid"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_receive_guarantee(self, reason, document=None, document_name=None):
        """Note that the bid guarantee was handed in.

        :param str reason: its number, or where it was paid to
        :param document: base64 PDF or image of the guarantee, or of the receipt
        :param str document_name: its file name
        """
        self.check_access("read")
        self._flow_check_can("receive_guarantee")
        label = self._flow_field_label("guarantee_reference")
        reference = self._flow_clean_reason(label, reason)
        paper = self._prepare_guarantee_paper(document, document_name)
        # sudo: nobody has write access to bids; the rule above judges the actor.
        for bid in self.sudo():
            day = bid.company_id._outsourcing_today()
            server_write(
                bid,
                {
                    **paper,
                    "guarantee_reference": reference,
                    "guarantee_received_on": day,
                },
            )
        self._audit("guarantee_received")
        return True

    def action_release_guarantee(self):
        """Note that the bid guarantee was given back."""
        self.check_access("read")
        self._flow_check_can("release_guarantee")
        # sudo: nobody has write access to bids; the rule above judges the actor.
        for bid in self.sudo():
            day = bid.company_id._outsourcing_today()
            server_write(bid, {"guarantee_released_on": day})
        self._audit("guarantee_released")
        return True

    def action_call_guarantee(self, reason, day=None):
        """Enter that the bid guarantee was claimed.

        :param str reason: what the bidder did not keep
        :param day: on which its issuer got the claim; today by default
        :raise UserError: where that day is yet to come, before the bids were opened, or
            before the guarantee was received
        """
        self.check_access("read")
        self._flow_check_can("call_guarantee")
        label = self._flow_field_label("guarantee_call_reason")
        reason = self._flow_clean_reason(label, reason)
        day = self._flow_clean_day(self._flow_field_label("guarantee_called_on"), day)
        # sudo: nobody has write access to bids; the rule above judges the actor.
        for bid in self.sudo():
            claimed = bid._check_claim_day(day)
            amount = bid.tender_id.bid_guarantee_amount
            server_write(
                bid,
                {
                    "guarantee_called_on": claimed,
                    "guarantee_called_by_id": self.env.uid,
                    "guarantee_call_amount": amount,
                    "guarantee_call_reason": reason,
                },
            )
            bid._audit(
                "guarantee_called",
                day=fields.Date.to_string(claimed),
                amount=amount,
                currency=bid.currency_id.name,
            )
        return True

    def action_open_guarantee_wizard(self):
        """Ask for the number and the paper of the bid guarantee."""
        check_one(self)
        self._flow_check_can("receive_guarantee")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bid Guarantee"),
            "res_model": "outsourcing.bid.guarantee",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bid_id": self.id},
        }

    def action_open_call_guarantee_wizard(self):
        """Ask why the bid guarantee is claimed, and for the day of the claim."""
        self._flow_check_can("call_guarantee")
        action = self.env["outsourcing.reason.wizard"]._open(
            self, "action_call_guarantee", self.env._("Claim the Bid Guarantee")
        )
        day = self[:1].company_id._outsourcing_today()
        action["context"]["default_day"] = fields.Date.to_string(day)
        return action

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _get_cannot_receive_guarantee_reason(self):
        reasons = {}
        for bid in self:
            if not bid.tender_id.bid_guarantee_amount:
                reasons[bid.id] = self.env._("the tender asks for no bid guarantee.")
            elif bid.guarantee_received_on:
                reasons[bid.id] = self.env._("it is noted already.")
            elif bid.state in ("draft", "withdrawn"):
                reasons[bid.id] = self.env._("the bid was not handed in.")
        return reasons

    def _get_cannot_release_guarantee_reason(self):
        reasons = self._get_no_guarantee_reason()
        for bid in self:
            if bid.id not in reasons and not bid._is_guarantee_free():
                reasons[bid.id] = self.env._(
                    "it secures the bid until another one has won, or the tender or "
                    "its contract is signed."
                )
        return reasons

    def _get_cannot_call_guarantee_reason(self):
        reasons = {}
        for bid in self:
            if not bid.tender_id.is_opened:
                reasons[bid.id] = self.env._("the bids are not opened yet.")
            elif bid._get_no_guarantee_reason() and not bid.guarantee_called_on:
                reasons[bid.id] = self.env._("no guarantee is held.")
        return self._get_no_guarantee_reason() | reasons

    def _get_no_guarantee_reason(self):
        reasons = {}
        for bid in self:
            if bid.guarantee_called_on:
                reasons[bid.id] = self.env._(
                    "its guarantee was claimed on %s.",
                    format_date(self.env, bid.guarantee_called_on),
                )
            elif not bid.guarantee_received_on or bid.guarantee_released_on:
                reasons[bid.id] = self.env._("there is none to give back.")
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_claim_day(self, day):
        """Return the day of a claim, today by default; raise where it cannot be.

        :param day: a date, or False
        """
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        claimed = day or today
        opened = self.company_id._outsourcing_date(self.tender_id.opened_date)
        reason = ""
        if claimed > today:
            reason = self.env._(
                "the day of the claim, %s, is yet to come.",
                format_date(self.env, claimed),
            )
        elif claimed < opened:
            reason = self.env._(
                "nothing is claimed before the bids are opened, which was on %s.",
                format_date(self.env, opened),
            )
        elif claimed < self.guarantee_received_on:
            reason = self.env._(
                "nothing is claimed before the guarantee was received, which was on "
                "%s.",
                format_date(self.env, self.guarantee_received_on),
            )
        if reason:
            message = f"{self._flow_names()}: {reason}"
            raise UserError(message)
        return claimed

    def _is_guarantee_free(self):
        """Whether the bid guarantee secures nothing any more."""
        self.ensure_one()
        # sudo: whoever gives it back need not read the contract.
        awards = self.sudo().tender_id.award_ids
        # Of a split award each vendor's guarantee waits for its own contract.
        own = awards.filtered(
            lambda item: item.bid_id == self and item.state != "annulled"
        )
        contracts = (own or awards).contract_id
        return (
            self.state in ("lost", "disqualified", "withdrawn")
            or self.tender_id.state in ("failed", "cancelled")
            or any(contract.signed_date for contract in contracts)
        )

    def _prepare_guarantee_paper(self, document, name):
        """Check the paper of a guarantee and return its values."""
        name = upload.clean_name(name) or "guarantee.pdf"
        try:
            content = base64.b64decode(document or b"", validate=True)
        except (binascii.Error, TypeError, ValueError):
            content = b""
        if (
            not content
            or upload.extension(name) not in PAPER_TYPES
            or upload.problem(name, content)
        ):
            raise UserError(
                self.env._(
                    "Attach the guarantee, or the receipt of the deposit: a PDF, PNG "
                    "or JPEG of at most %s MB.",
                    upload.MAX_FILE_BYTES // upload.MEGABYTE,
                )
            )
        return {
            "guarantee_document": base64.b64encode(content),
            "guarantee_document_hash": sha256(content).hexdigest(),
            "guarantee_document_name": name,
        }
