import functools

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from odoo.addons.outsourcing_mgmt.models.platform.frozen_classes import GUARD_LISTS

from ...tools import gate

ORDER = "account.payment.order"
TOLD_STATES = ("open", "generated")
"""States of an order in which its file is about to be written, or was."""


@api.constrains("state")
def _check_vendor_quality_order(self):
    """Judge payment orders before the bank hears of them."""
    told = self.filtered(
        lambda order: order.payment_type == "outbound" and order.state in TOLD_STATES
    )
    if told:
        self.env["vendor.quality.gate"]._enforce_orders(told)


def _generate_judged(function):
    """Return ``generate_payment_file`` as it asks the gate before it writes the file.

    The add-ons call it in a step, and it can be called without one.
    """

    @functools.wraps(function)
    def generate_payment_file(self):
        told = self.filtered(lambda order: order.payment_type == "outbound")
        self.env["vendor.quality.gate"]._enforce_orders(told)
        return function(self)

    generate_payment_file.vendor_quality_is_judged = True
    return generate_payment_file


class VendorQualityGate(models.AbstractModel):
    """Payment orders: what the bank was told to pay and is not posted yet.

    ``account_payment_order`` and ``account_payment_batch_oca`` write the bank's file
    from draft payments and post them when the file was uploaded: too late to refuse.
    """

    _inherit = "vendor.quality.gate"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _register_hook(self):
        """Add a constraint to the payment order where an add-on defines one.

        We depend on neither add-on, so the model cannot be inherited. A constraint
        holds for buttons, RPC and code; unlike a patched ``write`` it is not lost when
        automations unpatch the methods of models.
        """
        result = super()._register_hook()
        if ORDER in self.env:
            order_class = self.env.registry[ORDER]
            order_class._check_vendor_quality_order = _check_vendor_quality_order
            # The list of constraints is kept with the class.
            order_class._constraint_methods = GUARD_LISTS["_constraint_methods"]
            generate = order_class.generate_payment_file
            if not hasattr(generate, "vendor_quality_is_judged"):
                order_class.generate_payment_file = _generate_judged(generate)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _enforce_orders(self, orders):
        """Raise unless the bank may be told to pay what the orders say."""
        payments = orders.payment_ids.filtered(lambda payment: payment.state == "draft")
        if payments and self._is_on(payments.company_id):
            self._enforce_ordered_bills(payments)
            self._enforce_ordered_vendors(payments)

    @api.model
    def _enforce_ordered_bills(self, payments):
        """Judge the bills as if the payments were matched with them now."""
        asked = self._get_ordered_amounts(payments)
        bills = self._filter_bills(self.env["account.move"].browse(asked))
        facts = self._get_facts(bills)
        told = self._get_told(bills, payments) if facts else {}
        blocked, paid = {}, {}
        for bill in bills.filtered(lambda move: move.id in facts):
            item = facts[bill.id]
            total = item.paid + told.get(bill.id, 0.0) + asked[bill.id]
            contracts = [self._add_paid(one, paid) for one in item.contracts]
            verdict = gate.decide_payment(item.bill, contracts, total, item.paid)
            if verdict.is_blocked:
                blocked[bill] = verdict
            ratio = item.bill.get_paid_ratio(total)
            for form_id, share in item.bill.shares.items():
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        if blocked:
            self._raise_blocked(blocked, "pay")

    @api.model
    def _enforce_ordered_vendors(self, payments):
        """Refuse what a file would pay to governed vendors beside their bills.

        The file is written from the payments, whose amounts can be changed.
        """
        governed = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_payments(payments)
        )
        for payment in governed:
            lines = payment.payment_line_ids.filtered(
                lambda line: self._filter_bills(line.move_line_id.move_id)
            )
            loose = payment.amount - sum(lines.mapped("amount_currency"))
            if payment.currency_id.compare_amounts(loose, 0.0) > 0:
                raise UserError(
                    self.env._(
                        "%(order)s pays %(amount)s to %(vendor)s that no vendor bill "
                        "on it asks for. The vendor works under a contract with "
                        "quality forms: put its bills on the order, confirm it again, "
                        "and pay anything else by a payment of its own.",
                        order=payment.payment_order_id.display_name,
                        amount=format_amount(self.env, loose, payment.currency_id),
                        vendor=payment.partner_id.display_name,
                    )
                )

    @api.model
    def _get_ordered_amounts(self, payments):
        """Return ``{move id: amount in its currency}`` that payments of orders pay."""
        amounts = {}
        for payment in payments:
            for line in payment.payment_line_ids.filtered("move_line_id"):
                move = line.move_line_id.move_id
                amount = line.currency_id._convert(
                    line.amount_currency,
                    move.currency_id,
                    payment.company_id,
                    payment.date,
                )
                amounts[move.id] = amounts.get(move.id, 0.0) + amount
        return amounts

    @api.model
    def _get_told(self, bills, payments=None):
        """Return ``{bill id: amount}`` that files tell the bank to pay.

        Their payments are drafts until the upload; from then on the ledger counts.

        :param payments: payments that are judged now and do not count
        """
        if ORDER not in self.env:
            return {}
        # sudo: the payer may not see every order of the company.
        waiting = self.env["account.payment"].sudo()
        waiting = waiting.search(
            [
                ("payment_type", "=", "outbound"),
                ("state", "=", "draft"),
                ("payment_order_id.state", "=", "generated"),
                ("payment_line_ids.move_line_id.move_id", "in", bills.ids),
                ("id", "not in", payments.ids if payments else []),
            ]
        )
        return self._get_ordered_amounts(waiting)
