from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import get_granted_names, spend

from ...tools.deferral import get_deferral
from .vendor_quality_gate_payment import judging_at_end

PAID_STATES = ("in_process", "paid")

PAYS = frozenset(
    {
        "amount",
        "company_id",
        "currency_id",
        "invoice_ids",
        "partner_bank_id",
        "partner_id",
        "payment_type",
    }
)
"""What a payment says; one that is under way is judged again on a change."""

FROZEN = frozenset(
    {
        "amount",
        "company_id",
        "currency_id",
        "date",
        "journal_id",
        "move_id",
        "partner_bank_id",
        "partner_id",
        "partner_type",
        "payment_type",
    }
)
"""What a payment to a governed vendor keeps from its start to its reset."""


PAYEE = "vendor_quality_payee_id"
"""To whom a payment without an entry went; noted by the gate."""


class AccountPayment(models.Model):
    """Payments to vendors: judged by the gate when they start or change.

    What left is measured on journal items. A payment without an entry (its method
    has no outstanding account) is measured by its amount and by the payee it had
    when it started. The states are core's own and say nothing about money.
    """

    _inherit = "account.payment"

    vendor_quality_payee_id = fields.Many2one(
        comodel_name="res.partner",
        string="Payee at the Start",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Vendor to whom a payment without a journal entry went.",
    )

    # Asked for whenever a bank account is changed.
    _vendor_quality_bank_idx = models.Index(
        "(partner_bank_id) WHERE payment_type = 'outbound'"
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        named = set(self.env.context).union(*vals_list)
        if named & {PAYEE, f"default_{PAYEE}"}:
            self._vendor_quality_check_payee(frozenset())
        # Core starts payments one by one while it creates them.
        with judging_at_end(self.env) as deferral:
            payments = super().create(vals_list)
            deferral.created_ids.update(payments.ids)
            self.env["vendor.quality.gate"]._enforce_payments(payments)
        return payments

    def write(self, vals):
        if PAYEE in vals:
            self._vendor_quality_check_payee(get_granted_names(self))
            # From here on code of others may run.
            spend(self)
        if vals.keys() & FROZEN:
            self._vendor_quality_check_frozen(vals)
        starting = leaving = self.browse()
        if "state" in vals and vals["state"] not in PAID_STATES:
            leaving = self.filtered(
                lambda payment: (
                    payment.payment_type == "outbound" and payment.state in PAID_STATES
                )
            )
        if vals.get("state") in PAID_STATES:
            starting = self.filtered(lambda payment: payment.state not in PAID_STATES)
        if vals.keys() & PAYS:
            starting |= self.filtered(lambda payment: payment.state in PAID_STATES)
        named = {}
        if "invoice_ids" in vals:
            named = {payment: payment.invoice_ids for payment in self}
        result = super().write(vals)
        if "invoice_ids" in vals:
            self.filtered(
                lambda payment: payment.invoice_ids - named[payment]
            )._vendor_quality_check_named()
        if starting:
            self.env["vendor.quality.gate"]._enforce_payments(starting)
        if leaving:
            self.env["vendor.quality.gate"]._note_taken_back(leaving)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_check_payee(self, granted):
        if PAYEE not in granted:
            raise AccessError(
                self.env._(
                    "To whom a payment went is noted when it starts and cannot be "
                    "written."
                )
            )

    def _vendor_quality_check_frozen(self, vals):
        """Refuse to change what a payment under way says, if its vendor is governed."""
        Move = self.env["account.move"]
        changed = self.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and (payment.state in PAID_STATES or payment.move_id.state == "posted")
                and any(
                    Move._field_will_change(payment, vals, name)
                    # The first entry of a payment is made by core when it starts.
                    and (name != "move_id" or payment.move_id)
                    for name in FROZEN & vals.keys()
                )
            )
        )
        if governed := changed._vendor_quality_filter_governed():
            raise UserError(
                self.env._(
                    "%(payments)s: the payment to a vendor under a contract with "
                    "quality forms is under way; payee, amount, currency, date, "
                    "journal and bank account stay as they are. Whoever may pay can "
                    "reset it to draft, correct it and confirm it again.",
                    payments=format_list(self.env, governed.mapped("display_name")),
                )
            )

    def _vendor_quality_check_named(self):
        """Refuse that payments without an entry name bills that they did not name.

        What the bank paid on the bills of such a payment confirms it. The wizard that
        registers a payment makes it, starts it and names the bills in one act.
        """
        deferral = get_deferral()
        created_ids = deferral.created_ids if deferral else ()
        started = self.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and payment.state in PAID_STATES
                and payment.move_id.state != "posted"
                and payment.id not in created_ids
            )
        )
        if governed := started._vendor_quality_filter_governed():
            raise UserError(
                self.env._(
                    "%(payments)s: the payment is under way to a vendor under a "
                    "contract with quality forms and has no journal entry, so it names "
                    "the bills that it named. Whoever may pay can reset it to draft, "
                    "correct it and confirm it again.",
                    payments=format_list(self.env, governed.mapped("display_name")),
                )
            )

    def _vendor_quality_filter_governed(self):
        """Return the payments to vendors whose bills the gate judges."""
        if not self or not self.env["vendor.quality.gate"]._is_on(self.company_id):
            return self.browse()
        return (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_payments(self)
        )
