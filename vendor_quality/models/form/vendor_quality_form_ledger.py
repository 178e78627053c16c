from collections import defaultdict
from dataclasses import dataclass

from odoo import fields, models

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ...tools import credits
from ..gate.vendor_quality_gate_reader import BILL_TYPES


@dataclass
class BillShare:
    """What one posted bill takes from a form, in the currency of the contract."""

    move: models.BaseModel
    amount: float
    rate: float
    """Units of the bill's currency for one of the contract's."""
    credited: float = 0.0

    @property
    def net(self):
        return self.amount - self.credited


@dataclass
class Ledger:
    """What the bills took of a form, and what was taken off them."""

    shares: list
    billed: float
    credited: float
    to_credit: float = 0.0
    to_return: float = 0.0


class VendorQualityForm(models.Model):
    """What posted bills, credit notes and bill lines say about the deductions.

    Nothing here trusts a link or a counter: amounts are those of the posted
    entries. Credit notes count for the form they were made for and for all that
    supersede it.
    """

    _inherit = "vendor.quality.form"

    credited_amount = fields.Monetary(
        string="Taken off Bills",
        readonly=True,
        copy=False,
        help="Untaxed amount of the deductions on posted credit notes and bill lines.",
    )
    to_credit_amount = fields.Monetary(
        string="To Take off Now",
        compute="_compute_settlement",
        compute_sudo=True,
        help="What the posted bills ask beyond the fee less the deductions.",
    )
    to_return_amount = fields.Monetary(
        string="Goes Back to the Vendor",
        compute="_compute_settlement",
        compute_sudo=True,
        help="What was taken off before and is no longer deducted. The vendor bills "
        "it again, or a bill is made here.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_settlement(self):
        ledgers = self._get_ledgers()
        for form in self:
            form.to_credit_amount = ledgers[form].to_credit
            form.to_return_amount = ledgers[form].to_return

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"credited_amount"}

    # ------------------------------------------------------------
    # LEDGER
    # ------------------------------------------------------------

    def _get_ledgers(self):
        """Return ``{form: Ledger}`` as the posted entries say."""
        forms = self.sudo()  # accounting need not read forms, nor quality bills
        chains = {form: form._get_chain() for form in forms}
        bills = forms._get_bill_shares()
        every = forms.browse().union(*chains.values())
        notes = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("vendor_quality_deduction_form_id", "in", every.ids),
                    ("move_type", "=", "in_refund"),
                    ("state", "=", "posted"),
                ]
            )
        )
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("vendor_quality_deduction_form_id", "in", every.ids),
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "in", BILL_TYPES),
                ]
            )
        )
        result = {}
        for form in forms:
            shares = {share.move: share for share in bills[form]}
            for note in notes:
                share = shares.get(note.reversed_entry_id)
                if note.vendor_quality_deduction_form_id in chains[form] and share:
                    share.credited += note.amount_untaxed / share.rate
            for line in lines:
                share = shares.get(line.move_id)
                if line.vendor_quality_deduction_form_id in chains[form] and share:
                    amount = -line.amount_currency / share.rate
                    share.amount += amount
                    share.credited += amount
            result[form.with_env(self.env)] = form._make_ledger(bills[form])
        return result

    def _make_ledger(self, shares):
        self.ensure_one()
        round_amount = self.currency_id.round
        for share in shares:
            share.credited = round_amount(share.credited)
        billed = round_amount(sum(share.amount for share in shares))
        credited = round_amount(sum(share.credited for share in shares))
        ledger = Ledger(shares, billed, credited)
        if self.state == "approved":
            ledger.to_credit, ledger.to_return = self._settle(billed, credited)
        return ledger

    def _settle(self, billed, credited):
        """Return what is still to be credited, and what goes back."""
        self.ensure_one()
        to_credit, to_return = credits.settle(
            self.fee_amount, self.deduction_amount, billed, credited
        )
        return (
            self.currency_id.round(float(to_credit)),
            self.currency_id.round(float(to_return)),
        )

    def _get_bill_shares(self):
        """Return ``{form: [BillShare]}`` of the posted bills of each period.

        The decisions of the gate say what a bill takes from a form. Where no
        gate holds, the contract and the service period on the bill do.
        """
        decisions = self.env["vendor.quality.decision"].search(
            [
                ("contract_id", "in", self.contract_id.ids),
                ("stage", "=", "post"),
                ("is_current", "=", True),
                ("amount", "!=", 0),
                ("move_id.state", "=", "posted"),
            ]
        )
        totals = defaultdict(float)
        for decision in decisions:
            totals[decision.move_id] += decision.amount
        ungoverned = (
            self.env["account.move"]
            .search(
                [
                    ("outsourcing_contract_id", "in", self.contract_id.ids),
                    ("move_type", "in", BILL_TYPES),
                    ("state", "=", "posted"),
                    ("id", "not in", [move.id for move in totals]),
                    ("service_date_start", "!=", False),
                    ("outsourcing_bill_kind", "=", "service"),
                ]
            )
            .filtered(lambda move: not move.vendor_quality_decision_ids)
        )
        result = {}
        for form in self:
            amounts = defaultdict(float)
            for decision in decisions:
                if (
                    decision.contract_id == form.contract_id
                    and form.date_start <= decision.period_start <= form.date_end
                ):
                    amounts[decision.move_id] += decision.amount
            shares = [
                form._make_share(move, amount, totals[move])
                for move, amount in amounts.items()
            ]
            shares += [
                form._make_ungoverned_share(move)
                for move in ungoverned
                if move.outsourcing_contract_id == form.contract_id
                and form.date_start <= move.service_date_start <= form.date_end
            ]
            result[form] = sorted(
                shares, key=lambda share: (share.move.invoice_date, share.move.id)
            )
        return result

    def _make_share(self, move, amount, total):
        """Return the share of a bill, less what other credit notes gave back."""
        given_back = sum(
            note.amount_untaxed
            for note in move.reversal_move_ids
            if note.state == "posted"
            and note.move_type == "in_refund"
            and not note.vendor_quality_deduction_form_id
        )
        untaxed = move.amount_untaxed
        left = max(1 - given_back / untaxed, 0.0) if untaxed else 1.0
        return BillShare(move, amount * left, untaxed / total if total else 1.0)

    def _make_ungoverned_share(self, move):
        total = move.currency_id._convert(
            move.amount_untaxed,
            self.currency_id,
            move.company_id,
            move.invoice_date or move.date,
        )
        return self._make_share(move, total, total)

    # ------------------------------------------------------------
    # STATE
    # ------------------------------------------------------------

    def _update_applied(self):
        """Bring the items in line with what the posted entries took off the bills."""
        forms = self.sudo().filtered(
            lambda form: form.state in ("approved", "superseded")
        )
        ledgers = forms._get_ledgers()
        for form in forms:
            ledger = ledgers[form]
            if form.currency_id.compare_amounts(form.credited_amount, ledger.credited):
                server_write(form, {"credited_amount": ledger.credited})
            if form.state == "approved":
                form._set_applied(form._is_settled(ledger))

    def _follow_entries(self):
        """Do what follows when entries made for these forms changed their state."""
        superseded = self.filtered(lambda form: form.state == "superseded")
        for form, ledger in superseded._get_ledgers().items():
            compare = form.currency_id.compare_amounts
            net = ledger.billed - ledger.credited
            form._set_applied(
                compare(ledger.credited, form.deduction_amount) >= 0
                or compare(net, form.fee_amount - form.deduction_amount) <= 0
            )
        heads = self._get_heads()
        heads._refresh_settled()
        (self | heads)._update_applied()

    def _get_heads(self):
        """Return the forms that hold now in place of these."""
        heads = self.browse()
        for form in self:
            while successor := form.superseded_by_ids.filtered(
                lambda item: item.state != "cancelled"
            ):
                form = successor[0]
            heads |= form
        return heads

    def _is_settled(self, ledger):
        """Whether the posted bills ask for the fee less the deductions, exactly."""
        self.ensure_one()
        net = ledger.billed - ledger.credited
        return bool(ledger.shares) and not self.currency_id.compare_amounts(
            net, self.fee_amount - self.deduction_amount
        )

    def _set_applied(self, is_applied):
        origin, target = (
            ("approved", "applied") if is_applied else ("applied", "approved")
        )
        server_write(
            self.deduction_ids.filtered(
                lambda item: item.kind != "retention" and item.state == origin
            ),
            {"state": target},
        )
