from odoo import api, fields, models
from odoo.tools import is_html_empty

from ...tools import procedure
from ..base.outsourcing_grant import server_write

MANAGER = "outsourcing_mgmt.group_outsourcing_manager"
PROCUREMENT = "outsourcing_mgmt.group_outsourcing_procurement"


class OutsourcingAward(models.Model):
    """The steps of an award."""

    _inherit = "outsourcing.award"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Hand the award in for the reviews."""
        return self._take_step("submitted")

    def action_approve(self):
        """Cross the gate once every review is approved."""
        return self._take_step("approved")

    def action_notify(self):
        """Tell the bidders the result and start the standstill."""
        return self._take_step("notified")

    def action_finalise(self):
        """Make the award final after the standstill."""
        return self._take_step("final")

    def action_annul(self, reason):
        """Withdraw the award; the evaluation is open again.

        :param str reason: why
        """
        return self._take_step("annulled", annul_reason=reason)

    def action_open_annul_wizard(self):
        self._flow_check_can("annul")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_annul", self.env._("Annul the Award")
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for award in self:
            if is_html_empty(award.reasons):
                reasons[award.id] = self.env._("say why this bid wins.")
            elif (
                award.is_abnormally_low
                and not (award.low_price_justification or "").strip()
            ):
                reasons[award.id] = self.env._(
                    "the price is abnormally low: write how the vendor explains it "
                    "and why it is accepted."
                )
        return reasons

    def _get_cannot_approve_reason(self):
        if not self._flow_user_in(PROCUREMENT, MANAGER):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for award in self:
            if reason := award._tier_get_cannot_cross_reason():
                reasons[award.id] = reason
        return reasons

    def _get_cannot_notify_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        return {
            award.id: self.env._("its tender is not waiting for an award.")
            for award in self
            if award.tender_id.state != "award_proposed"
        }

    def _get_cannot_finalise_reason(self):
        now = fields.Datetime.now()
        reasons = {}
        for award in self:
            # An objection stops the award for everybody, also unread.
            pending = award.sudo().objection_ids.filtered(
                lambda objection: objection.state == "submitted"
            )
            if pending:
                reasons[award.id] = self.env._(
                    "the objection %s is not decided.", pending[0].name
                )
            elif award.standstill_end and now < award.standstill_end:
                reasons[award.id] = self.env._(
                    "the standstill lasts until %s.",
                    award.tender_id._format_moment(award.standstill_end),
                )
        return reasons

    def _get_cannot_annul_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in(PROCUREMENT, MANAGER):
            return dict.fromkeys(
                self.ids,
                self.env._("only procurement or the outsourcing manager annuls it."),
            )
        reasons = {}
        for award in self:
            order = award.sudo().bid_id.purchase_order_id
            if order.state in ("to approve", "purchase"):
                reasons[award.id] = self.env._(
                    "the order %s is confirmed; cancel it first.", order.name
                )
        return reasons

    def _get_procurement_only_reason(self):
        return self.env._("only procurement does this.")

    # ------------------------------------------------------------
    # SIDE EFFECTS
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        getattr(self, f"_enter_{target}")()
        for award in self:
            self.env["outsourcing.audit.log"]._record(
                award,
                f"award_{target}",
                {"bid": award.bid_id.id, "amount": award.amount_total},
                root=award.tender_id,
            )
        return result

    def _enter_submitted(self):
        server_write(
            self,
            {
                "submitted_by_id": self.env.uid,
                "submitted_date": fields.Datetime.now(),
            },
        )
        self.filtered(lambda award: award._tier_get_definitions()).request_validation()

    def _enter_approved(self):
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )
        for award in self:
            award.tender_id._plan_activity(
                "mail_activity_type_award_notify", award.tender_id.user_id, None
            )

    def _enter_notified(self):
        now = fields.Datetime.now()
        for award in self:
            tender = award.tender_id
            server_write(
                award,
                {
                    "notified_by_id": self.env.uid,
                    "notified_date": now,
                    "standstill_end": procedure.standstill_end(
                        now, tender._get_rule("standstill_days")
                    ),
                },
            )
            server_write(tender, {"state": "standstill"})
            tender._finish_activities("mail_activity_type_award_notify")
            award._mail_result()

    def _enter_final(self):
        server_write(self, {"final_date": fields.Datetime.now()})
        # The clock takes this step, also without rights on the tender.
        server_write(self.tender_id.sudo(), {"state": "awarded"})

    def _enter_annulled(self):
        server_write(
            self,
            {"annulled_by_id": self.env.uid, "annulled_date": fields.Datetime.now()},
        )
        for award in self.filtered("notified_date"):
            award._mail_annulled()
        for tender in self.tender_id:
            if tender.state in ("award_proposed", "standstill", "awarded"):
                # The race begins again with everybody who was ranked.
                server_write(
                    tender.sudo().bid_ids.filtered(
                        lambda bid: bid.state in ("won", "lost")
                    ),
                    {"state": "ranked"},
                )
                two = tender.envelopes == "two"
                server_write(
                    tender.sudo(), {"state": "price_opened" if two else "evaluation"}
                )

    # ------------------------------------------------------------
    # TELLING BIDDERS
    # ------------------------------------------------------------

    def _mail_result(self):
        """Tell the winner and each other bidder the result with its reasons."""
        self.ensure_one()
        # Addresses and bids are read for the mails, whoever notifies.
        award = self.sudo()
        for bid in award._get_told_bids():
            won = bid == award.bid_id
            award._mail_bidder(
                bid,
                "outsourcing_mgmt.mail_template_award_winner"
                if won
                else "outsourcing_mgmt.mail_template_award_loser",
            )

    def _mail_annulled(self):
        award = self.sudo()
        for bid in award._get_told_bids():
            award._mail_bidder(bid, "outsourcing_mgmt.mail_template_award_annulled")

    def _get_told_bids(self):
        """Return the bids whose vendors hear of the award."""
        return self.tender_id.bid_ids.filtered(
            lambda bid: bid.state in ("ranked", "disqualified", "won", "lost")
        )

    def _mail_bidder(self, bid, template):
        partners = bid.partner_id | bid.sealed_by_id.partner_id
        self.tender_id._mail_partners(
            template, partners.filtered("email"), award=self, bid=bid
        )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_finalise(self):
        """Make awards final whose standstill is over and undisputed."""
        awards = self.search(
            [
                ("state", "=", "notified"),
                ("standstill_end", "<=", fields.Datetime.now()),
                ("objection_ids", "not any", [("state", "=", "submitted")]),
            ],
            order="standstill_end, id",
        )
        self.env["outsourcing.tender"]._cron_each(awards, "final")
