from odoo import fields, models

from ..base.outsourcing_grant import server_write


class OutsourcingBid(models.Model):
    """What the evaluation adds to a bid: flags, scores, its quotation."""

    _inherit = "outsourcing.bid"

    is_abnormally_low = fields.Boolean(
        string="Abnormally Low",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The price lies far under the others; an award must justify it.",
    )
    score_ids = fields.One2many(
        comodel_name="outsourcing.score",
        inverse_name="bid_id",
        string="Scores",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"is_abnormally_low", "score_ids"}

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "disqualified":
            self._leave_race()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _disqualify(self, reason):
        """Exclude bids by a rule of the procedure itself."""
        if self:
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(
                self.sudo(),
                {"state": "disqualified", "disqualification_reason": reason},
            )

    def _leave_race(self):
        """Cancel the quotations and let the others move up."""
        # Procurement disqualifies; a rule may do it when a member scores.
        bids = self.sudo()
        server_write(
            bids, {"technical_score": 0, "price_score": 0, "total_score": 0, "rank": 0}
        )
        bids.purchase_order_id._outsourcing_cancel()
        for tender in bids.tender_id:
            if tender.is_scoring_complete:
                tender._rank()
