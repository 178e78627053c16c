from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

from ...tools import gate
from .vendor_quality_gate_facts import BILL_TYPES

DECIDED_ON = frozenset(
    {
        "commercial_partner_id",
        "company_id",
        "currency_id",
        "date",
        "fiscal_position_id",
        "invoice_date",
        "invoice_line_ids",
        "line_ids",
        "move_type",
        "outsourcing_bill_kind",
        "outsourcing_contract_id",
        "partner_bank_id",
        "partner_id",
        "service_date_end",
        "service_date_start",
        "tax_totals",
    }
)
"""What a decision to post looks at; a posted bill is judged again on a change."""

LEDGER_RESULTS = frozenset(
    {
        "amount_residual",
        "amount_residual_signed",
        "amount_tax",
        "amount_total",
        "amount_total_signed",
        "amount_untaxed",
        "amount_untaxed_signed",
        "payment_state",
        "status_in_payment",
    }
)
"""Figures that core computes from the ledger: nobody writes them on a bill."""

OPEN_PAYMENT_STATES = ("not_paid", "blocked")


class AccountMove(models.Model):
    """Where bills are posted, changed or said to be paid: the gate is asked."""

    _inherit = "account.move"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        bills = moves.filtered(lambda move: move.move_type in BILL_TYPES)
        if bills:
            # Values may also come from defaults in the context of the caller.
            bills._vendor_quality_check_kind()
            bills._vendor_quality_check_results()
        posted = moves.filtered(lambda move: move.state == "posted")
        if posted:
            self.env["vendor.quality.gate"]._enforce_posting(posted)
            self.env["vendor.quality.gate"]._enforce_entries(posted)
        return moves

    def write(self, vals):
        keys = vals.keys()
        posting = self.browse()
        refunded = self.browse()
        touched = self.browse()
        if vals.get("state") == "posted":
            posting = self.filtered(lambda move: move.state != "posted")
        elif "state" in keys or "reversed_entry_id" in keys:
            refunded = self.filtered(
                lambda move: move.move_type == "in_refund" and move.state == "posted"
            ).reversed_entry_id
        if keys & DECIDED_ON:
            touched = self.filtered(lambda move: move.state == "posted")
        if keys & LEDGER_RESULTS:
            self._vendor_quality_check_written_results(vals)
        result = super().write(vals)
        if "outsourcing_bill_kind" in keys:
            self._vendor_quality_check_kind()
        if posting or touched:
            self.env["vendor.quality.gate"]._enforce_posting(posting, touched)
            self.env["vendor.quality.gate"]._enforce_entries(posting | touched)
        if refunded:
            self.env["vendor.quality.gate"]._check_fee(refunded)
        if "matched_payment_ids" in keys:
            self.env["vendor.quality.gate"]._enforce_payments(self.matched_payment_ids)
        return result

    # ------------------------------------------------------------
    # ACCOUNT OVERRIDES
    # ------------------------------------------------------------

    def _autopost_bill(self):
        if self._vendor_quality_hold_back():
            return None
        return super()._autopost_bill()

    def _autopost_draft_entries(self, batch_size=100):
        """Set blocked bills aside first, so that they do not hold up the others."""
        if self.env["res.company"]._get_vendor_quality_gated_roots():
            self.search(
                [
                    ("state", "=", "draft"),
                    ("date", "<=", fields.Date.context_today(self)),
                    ("auto_post", "!=", "no"),
                    ("move_type", "in", (*BILL_TYPES, "entry")),
                ]
            )._vendor_quality_park()
        return super()._autopost_draft_entries(batch_size=batch_size)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_set_kind(self, kind):
        """Set a kind that two persons have decided."""
        self.with_context(outsourcing_flow_key=FLOW_KEY).write(
            {"outsourcing_bill_kind": kind}
        )

    def _vendor_quality_drop_kind(self):
        """Take a draft bill back to a service when its decision is void."""
        self.filtered(
            lambda move: (
                move.state == "draft" and move.outsourcing_bill_kind != "service"
            )
        ).outsourcing_bill_kind = "service"

    def _vendor_quality_check_kind(self):
        if self.env.context.get("outsourcing_flow_key") is FLOW_KEY:
            return
        decided = self.filtered(
            lambda move: move.outsourcing_bill_kind in gate.DECIDED_KINDS
        )
        if decided:
            raise AccessError(
                self.env._(
                    "%(bills)s: the kind of a bill is decided by two persons. Request "
                    "it on the bill; quality finance approves the request.",
                    bills=", ".join(decided.mapped("display_name")),
                )
            )

    def _vendor_quality_check_results(self):
        """Refuse a new bill whose payment status did not come from the ledger."""
        forged = self.filtered(
            lambda move: move.payment_state not in (*OPEN_PAYMENT_STATES, False)
        )
        if forged:
            forged._vendor_quality_raise_forged()

    def _vendor_quality_check_written_results(self, vals):
        """Refuse figures of the ledger on governed bills, whoever writes them."""
        if vals.keys() & LEDGER_RESULTS == {"payment_state"} and (
            vals["payment_state"] in OPEN_PAYMENT_STATES
        ):
            return
        governed = self.env["vendor.quality.gate"]._get_facts(
            self.filtered(lambda move: move.move_type in (*BILL_TYPES, "in_refund"))
        )
        if governed:
            self.browse(governed)._vendor_quality_raise_forged()

    def _vendor_quality_raise_forged(self):
        governed = self.browse(self.env["vendor.quality.gate"]._get_facts(self))
        if governed:
            raise UserError(
                self.env._(
                    "%(bills)s: amounts and payment status of the bill follow from its "
                    "lines and payments and are not written. Register the payment.",
                    bills=", ".join(governed.mapped("display_name")),
                )
            )

    def _vendor_quality_hold_back(self):
        """Hold a bill that would post by itself, and say so on it."""
        bills = self.filtered(
            lambda move: (
                move.move_type in BILL_TYPES
                and move.partner_id.autopost_bills == "always"
            )
        )
        if not bills:
            return False
        verdicts = self.env["vendor.quality.gate"]._refresh(bills)
        blocked = False
        for bill, (stage, verdict, _item) in verdicts.items():
            if stage == "post" and verdict.is_blocked:
                blocked = True
                bill.message_post(
                    body=self.env._(
                        "The bill was not posted by itself: %s",
                        self.env["vendor.quality.gate"]._get_text(bill, verdict)[
                            "because"
                        ],
                    )
                )
        return blocked

    def _vendor_quality_park(self):
        """Take blocked bills off the list of what is due, until they are released."""
        if not self:
            return
        verdicts = self.env["vendor.quality.gate"]._refresh(self)
        blocked = self.browse(
            [
                move.id
                for move, (_stage, verdict, _item) in verdicts.items()
                if verdict.is_blocked
            ]
        )
        holds = (
            self.env["vendor.quality.hold"]
            .sudo()  # kept by the gate alone
            .search(
                [
                    ("move_id", "in", blocked.ids),
                    ("state", "=", "active"),
                    ("stage", "=", "post"),
                ]
            )
        )
        for auto_post, moves in blocked.grouped("auto_post").items():
            holds.filtered(
                lambda hold, moves=moves: hold.move_id in moves
            )._with_key().write({"parked_auto_post": auto_post})
            moves.auto_post = "no"
