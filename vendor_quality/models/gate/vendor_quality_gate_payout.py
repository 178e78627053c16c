from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount

from ...tools.deferral import GateDeferral
from .vendor_quality_gate_facts import BILL_TYPES


class VendorQualityGate(models.AbstractModel):
    """Money paid out to governed vendors, with or without a bill."""

    _inherit = "vendor.quality.gate"

    @api.model
    def _enforce_payments(self, payments):
        """Raise unless money may leave to the payees: no payment without a bill.

        Together with what was paid out and is not matched yet, the payments may
        not exceed what may be paid on the posted bills of the vendor, nor what
        may be paid on the bills they name.
        """
        if isinstance(self.env.context.get("vendor_quality_deferral"), GateDeferral):
            return
        payments = payments.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and payment.state in ("in_process", "paid")
                and not payment.currency_id.is_zero(self._get_unmatched_amount(payment))
            )
        )
        if not payments or not self._is_on(payments.company_id):
            return
        governed = (
            self.env["vendor.quality.gate.facts"]
            .sudo()  # reads contracts and partners of any owner
            ._get_governed_payments(payments)
        )
        for key, group in governed.grouped(
            lambda payment: (
                payment.company_id.root_id,
                payment.partner_id.commercial_partner_id,
                payment.currency_id,
                payment.partner_type,
            )
        ).items():
            self._enforce_vendor_payments(group, *key)

    @api.model
    def _enforce_vendor_payments(self, payments, company, vendor, currency, kind):
        rooms = {}
        if kind == "supplier":
            bills = self._get_open_bills(company, vendor)
            bills |= payments.invoice_ids.filtered(
                lambda bill: bill.commercial_partner_id == vendor
            )
            rooms = self._get_rooms(bills, payments, currency)
            day = payments[:1].date or fields.Date.context_today(self)
            room = sum(rooms.values())
            room += self._get_entry_room(company, vendor, currency, day)
        else:
            room = self._get_customer_credit(company, vendor, payments, currency)
        waiting = self._get_unmatched(company, vendor, payments, currency, kind)
        asked = sum(payments.mapped(self._get_unmatched_amount))
        if currency.compare_amounts(asked + waiting, room) > 0:
            self._raise_no_room(vendor, currency, kind, asked, room, waiting)
        for payment in payments.filtered("invoice_ids") if rooms else ():
            named = sum(rooms.get(bill.id, 0.0) for bill in payment.invoice_ids)
            amount = self._get_unmatched_amount(payment)
            if currency.compare_amounts(amount, named) > 0:
                raise UserError(
                    self.env._(
                        "Payment of %(bills)s: only %(room)s of %(asked)s may be paid "
                        "now. Open the bill to see why and who can act.",
                        bills=", ".join(payment.invoice_ids.mapped("display_name")),
                        room=format_amount(self.env, named, currency),
                        asked=format_amount(self.env, amount, currency),
                    )
                )

    @api.model
    def _raise_no_room(self, vendor, currency, kind, asked, room, waiting):
        amounts = {
            "vendor": vendor.display_name or self.env._("(no vendor)"),
            "asked": format_amount(self.env, asked, currency),
            "room": format_amount(self.env, max(room - waiting, 0), currency),
            "waiting": format_amount(self.env, waiting, currency),
        }
        if kind == "customer":
            raise UserError(
                self.env._(
                    "Refund to %(vendor)s: %(asked)s cannot be paid out, because "
                    "only %(room)s of what the bank received from it as a customer "
                    "is due back (%(waiting)s is paid and not matched yet).\n"
                    "It is a vendor under a contract with quality forms: pay it by "
                    "a vendor bill, or match what it paid with its statement line "
                    "first.",
                    **amounts,
                )
            )
        raise UserError(
            self.env._(
                "Payment to %(vendor)s: %(asked)s cannot be paid out, because only "
                "%(room)s may be paid on the vendor's posted bills now "
                "(%(waiting)s is paid and not matched yet).\n"
                "The vendor works under a contract with quality forms: pay a "
                "posted bill up to its payable amount, or enter an advance bill "
                "and have its kind decided. Quality finance approves exceptions.",
                **amounts,
            )
        )

    @api.model
    def _get_open_bills(self, company, vendor):
        return (
            self.env["account.move"]
            .sudo()  # the payer may not see every bill of the vendor
            .search(
                [
                    ("commercial_partner_id", "=", vendor.id),
                    ("company_id", "child_of", company.id),
                    ("state", "=", "posted"),
                    ("move_type", "in", BILL_TYPES),
                    ("amount_residual", ">", 0),
                ]
            )
        )

    @api.model
    def _get_customer_credit(self, company, vendor, payments, currency):
        """Return what may go back to a vendor who is a customer, too.

        Never more than the company owes it as its customer, nor than the bank
        received from it: a credit note alone pays nobody.
        """
        [[balance]] = (
            self.env["account.move.line"]
            .sudo()  # the payer may not see every invoice
            ._read_group(
                [
                    ("partner_id", "child_of", vendor.id),
                    ("company_id", "child_of", company.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("payment_id", "=", False),
                ],
                aggregates=["amount_residual:sum"],
            )
        )
        received = self._get_received(company, vendor, payments)
        day = payments[:1].date or fields.Date.context_today(self)
        credit = max(min(-(balance or 0.0), received), 0.0)
        return company.currency_id._convert(credit, currency, company, day)

    @api.model
    def _get_received(self, company, vendor, payments):
        """Return what statements show as received from a customer, less refunds.

        A payment that no statement line confirms says only what was expected.
        """
        for model in ("account.move.line", "account.payment", "res.partner"):
            self.env[model].flush_model()
        [[received]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(-item.balance), 0)
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                   AND account.account_type = 'asset_receivable'
                  JOIN res_partner payer ON payer.id = item.partner_id
                  JOIN account_move move ON move.id = item.move_id
                  JOIN res_company company ON company.id = move.company_id
                  LEFT JOIN account_payment payment ON payment.move_id = move.id
                 WHERE payer.commercial_partner_id = %(vendor)s
                   AND SPLIT_PART(company.parent_path, '/', 1) = %(root)s
                   AND move.state = 'posted'
                   AND (payment.id IS NULL OR payment.id NOT IN %(payments)s)
                   AND (
                        (payment.payment_type = 'outbound' AND item.balance > 0)
                        OR EXISTS (
                            SELECT 1 FROM account_bank_statement_line statement
                             WHERE statement.move_id = move.id
                        )
                        OR (payment.payment_type = 'inbound' AND EXISTS (
                            SELECT 1
                              FROM account_move_line liquid
                              JOIN account_partial_reconcile part
                                ON liquid.id IN (
                                    part.debit_move_id, part.credit_move_id)
                              JOIN account_move_line other
                                ON other.id IN (
                                    part.debit_move_id, part.credit_move_id)
                               AND other.move_id != move.id
                              JOIN account_bank_statement_line statement
                                ON statement.move_id = other.move_id
                             WHERE liquid.move_id = move.id AND liquid.balance > 0
                        ))
                   )
                """,
                vendor=vendor.id,
                root=str(company.root_id.id),
                payments=tuple(payments.ids) or (0,),
            )
        )
        return float(received)

    @api.model
    def _get_unmatched_amount(self, payment):
        """Return what of the payment is not matched with anything yet."""
        lines = payment.sudo().move_id.line_ids.filtered(
            lambda line: (
                line.account_id.account_type
                in ("asset_receivable", "liability_payable")
            )
        )
        if not lines:
            return payment.amount
        if lines.currency_id != payment.currency_id:
            return 0.0 if all(lines.mapped("reconciled")) else payment.amount
        matched = sum(
            abs(line.amount_currency) - abs(line.amount_residual_currency)
            for line in lines
        )
        return max(payment.amount - matched, 0.0)

    @api.model
    def _get_unmatched(self, company, vendor, payments, currency, kind):
        others = (
            self.env["account.payment"]
            .sudo()  # the payer may not see every payment to the vendor
            .search(
                [
                    ("partner_id", "child_of", vendor.id),
                    ("company_id", "child_of", company.id),
                    ("payment_type", "=", "outbound"),
                    ("partner_type", "=", kind),
                    ("state", "in", ("in_process", "paid")),
                    ("is_reconciled", "=", False),
                    ("id", "not in", payments.ids),
                ]
            )
        )
        day = payments[:1].date or fields.Date.context_today(self)
        return sum(
            other.currency_id._convert(
                self._get_unmatched_amount(other), currency, company, day
            )
            for other in others
        )
