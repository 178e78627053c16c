from collections import defaultdict
from dataclasses import dataclass

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import format_list, formatLang

from odoo.addons.outsourcing_mgmt.models.base.grants import (
    granting,
    server_create,
    server_write,
)
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import fee_split, scoring
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
    """What the bills of a form say about its deductions, and how they are taken off.

    The ledger trusts no link and no counter: amounts are those of the posted
    entries. Credit notes count for the form they were made for and for all that
    supersede it.

    A deduction is a reduction of the price: same accounts, taxes and analytic
    distribution as the lines of the bill, in its currency and at its rate. The
    entries are made with the rights of the acting user; posting stays native.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_bill_ids(self):
        found = dict(
            self.env["vendor.quality.decision"]._read_group(
                [("form_id", "in", self.ids), ("is_current", "=", True)],
                ["form_id"],
                ["move_id:recordset"],
            )
        )
        for form in self:
            form.bill_ids = found.get(form, self.env["account.move"])
            form.bill_count = len(form.bill_ids)

    def _compute_settlement(self):
        ledgers = self._get_ledgers()
        for form in self:
            form.to_credit_amount = ledgers[form].to_credit
            form.to_return_amount = ledgers[form].to_return

    @api.depends("contract_id", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_roster(self):
        """Set the confirmed days of the period beside what bills of it ask."""
        dated = self.filtered(lambda form: form.date_start and form.date_end)
        rows = self.env["outsourcing.roster.day"]
        bills = self.env["account.move"]
        if dated:
            first = min(dated.mapped("date_start"))
            last = max(dated.mapped("date_end"))
            contracts = dated.contract_id.ids
            rows = rows.search(
                [
                    ("contract_id", "in", contracts),
                    ("state", "=", "confirmed"),
                    ("date", ">=", first),
                    ("date", "<=", last),
                ]
            )
            bills = bills.search(
                [
                    ("outsourcing_contract_id", "in", contracts),
                    ("move_type", "in", BILL_TYPES),
                    ("state", "!=", "cancel"),
                    ("service_date_start", ">=", first),
                    ("service_date_start", "<=", last),
                ]
            )
        self.roster_day_count = 0.0
        self.roster_note = False
        for form in dated:
            days = rows.filtered(
                lambda row, form=form: (
                    row.contract_id == form.contract_id
                    and form.date_start <= row.date <= form.date_end
                )
            )
            lines = bills.filtered(
                lambda bill, form=form: (
                    bill.outsourcing_contract_id == form.contract_id
                    and form.date_start <= bill.service_date_start <= form.date_end
                )
            ).invoice_line_ids.filtered(lambda line: line.display_type == "product")
            form.roster_day_count = sum(days.mapped("days"))
            if days:
                form.roster_note = form._format_roster(days, lines)

    def _format_roster(self, days, lines):
        """Say how many heads were there on how many days, and what is billed."""
        self.ensure_one()
        asked = [
            self.env._(
                "%(quantity)s %(unit)s",
                quantity=formatLang(self.env, sum(group.mapped("quantity"))),
                unit=unit.name or self.env._("units"),
            )
            for unit, group in lines.grouped("product_uom_id").items()
        ]
        return self.env._(
            "%(heads)s heads on %(days)s days together; the bills ask for %(asked)s.",
            heads=len(days.partner_id),
            days=formatLang(self.env, sum(days.mapped("days"))),
            asked=format_list(self.env, asked) if asked else self.env._("nothing yet"),
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_roster(self):
        """Open the days on site of the period."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_roster_day_action"
        )
        return {
            **action,
            "context": {},
            "domain": [
                ("contract_id", "=", self.contract_id.id),
                ("date", ">=", self.date_start),
                ("date", "<=", self.date_end),
            ],
        }

    def action_view_bills(self):
        """Open the bills that take from the fee of the form."""
        check_one(self)
        self.check_access("read")
        return self.bill_ids._get_records_action(name=self.env._("Bills"))

    def action_open_apply_wizard(self):
        """Take the approved deductions off the bills of the forms."""
        self.check_access("read")
        return self._open_apply_wizard()

    def _open_apply_wizard(self):
        # sudo: accounting applies deductions and need not read forms.
        forms = self.sudo().filtered(lambda form: form.state == "approved")
        if not forms:
            raise UserError(
                self.env._(
                    "Only the deductions of approved forms are taken off the bills. "
                    "%s: approve the form first, or open the one that supersedes it.",
                    self._flow_names(),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply Deductions"),
            "res_model": "vendor.quality.deduction.apply",
            "view_mode": "form",
            "target": "new",
            "context": {"active_model": self._name, "active_ids": forms.ids},
        }

    # ------------------------------------------------------------
    # LEDGER
    # ------------------------------------------------------------

    def _get_ledgers(self):
        """Return ``{form: Ledger}`` as the posted entries say."""
        # sudo: accounting need not read forms, nor quality staff bills.
        forms = self.sudo()
        chains = {form: form._get_chain() for form in forms}
        bills = forms._get_bill_shares()
        every = forms.browse().union(*chains.values())
        notes = forms.env["account.move"].search(
            [
                ("vendor_quality_deduction_form_id", "in", every.ids),
                ("move_type", "=", "in_refund"),
                ("state", "=", "posted"),
            ]
        )
        lines = forms.env["account.move.line"].search(
            [
                ("vendor_quality_deduction_form_id", "in", every.ids),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "in", BILL_TYPES),
            ]
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
        to_credit, to_return = fee_split.settle(
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
        credited = self.env["vendor.quality.gate.reader"]._get_credited(
            decisions.move_id | ungoverned
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
                form._make_share(move, amount, totals[move], credited)
                for move, amount in amounts.items()
            ]
            shares += [
                form._make_ungoverned_share(move, credited)
                for move in ungoverned
                if move.outsourcing_contract_id == form.contract_id
                and form.date_start <= move.service_date_start <= form.date_end
            ]
            result[form] = sorted(
                shares, key=lambda share: (share.move.invoice_date, share.move.id)
            )
        return result

    def _make_share(self, move, amount, total, credited):
        """Return the share of a bill, less what other credit notes gave back."""
        untaxed = move.amount_untaxed
        given_back = credited.get(move.id, 0.0)
        left = max(1 - given_back / untaxed, 0.0) if untaxed else 1.0
        return BillShare(move, amount * left, untaxed / total if total else 1.0)

    def _make_ungoverned_share(self, move, credited):
        total = move.currency_id._convert(
            move.amount_untaxed,
            self.currency_id,
            move.company_id,
            move.invoice_date or move.date,
        )
        return self._make_share(move, total, total, credited)

    # ------------------------------------------------------------
    # STATE OF THE DEDUCTIONS
    # ------------------------------------------------------------

    def _update_applied(self):
        """Bring the items in line with what the posted entries took off the bills."""
        # sudo: the state follows from the posted entries, whoever posted them.
        forms = self.sudo().filtered(
            lambda form: form.state in ("approved", "superseded")
        )
        ledgers = forms._get_ledgers()
        for form in forms:
            ledger = ledgers[form]
            if form.currency_id.compare_amounts(form.credited_amount, ledger.credited):
                server_write(form, {"credited_amount": ledger.credited})
            if form.state == "approved":
                _set_applied(form, form._is_settled(ledger))

    def _follow_entries(self):
        """Do what follows when entries made for these forms changed their state."""
        superseded = self.filtered(lambda form: form.state == "superseded")
        for form, ledger in superseded._get_ledgers().items():
            compare = form.currency_id.compare_amounts
            net = ledger.billed - ledger.credited
            _set_applied(
                form,
                compare(ledger.credited, form.deduction_amount) >= 0
                or compare(net, form.fee_amount - form.deduction_amount) <= 0,
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

    def _refresh_held_bills(self):
        """Judge again the bills that wait for, or rely on, the forms."""
        # sudo: whoever approves the form need not read the bills.
        forms = self.sudo()
        holds = forms.env["vendor.quality.hold"].search(
            [
                ("contract_id", "in", forms.contract_id.ids),
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
            ]
        )
        if bills := holds.move_id | forms.bill_ids:
            forms.env["vendor.quality.gate"]._refresh(bills)

    # ------------------------------------------------------------
    # CREDIT NOTES
    # ------------------------------------------------------------

    def _create_credit_notes(self, day=None):
        """Return draft credit notes for what the posted bills ask too much.

        Bills that are not paid come first, so that a credit note lowers what is
        still to be paid.

        :param date day: date of the credit notes, by default today
        """
        # sudo: accounting need not read forms.
        forms = self.sudo()
        # Bills and wizards that refer to the forms meanwhile are no obstacle.
        if len(forms.try_lock_for_update(allow_referencing=True)) < len(forms):
            raise UserError(
                self.env._(
                    "Somebody else applies deductions of %s at this moment. Try again.",
                    forms._flow_names(),
                )
            )
        forms._update_applied()
        forms._check_no_draft_notes()
        ledgers = forms._get_ledgers()
        notes = self.env["account.move"].with_user(self.env.uid)
        for form in forms:
            left = ledgers[form].to_credit
            for share in ledgers[form].shares[::-1]:
                share.move.invalidate_recordset(["amount_residual"])
            for share in sorted(
                ledgers[form].shares, key=lambda item: not item.move.amount_residual
            ):
                part = form.currency_id.round(min(left, share.net))
                if form.currency_id.compare_amounts(part, 0) <= 0:
                    continue
                notes |= form._create_credit_note(share, part, day)
                left -= part
        return notes

    def _check_no_draft_notes(self):
        chains = self.browse().union(*(form._get_chain() for form in self))
        drafts = self.env["account.move"].search(
            [
                ("vendor_quality_deduction_form_id", "in", chains.ids),
                ("state", "=", "draft"),
            ]
        )
        if drafts:
            raise UserError(
                self.env._(
                    "%(forms)s: the draft credit note %(notes)s takes the deductions "
                    "off already. Post it, or delete it first.",
                    forms=drafts.vendor_quality_deduction_form_id._flow_names(),
                    notes=format_list(
                        self.env,
                        [f"#{move.id} {move.ref or ''}".strip() for move in drafts[:5]],
                    ),
                )
            )

    def _create_credit_note(self, share, amount, day):
        """Return a draft credit note of ``amount``, in the currency of the form."""
        self.ensure_one()
        bill = share.move
        total = bill.currency_id.round(amount * share.rate)
        lines = self._prepare_deduction_lines(bill, total)
        moves = self.env["account.move"].with_user(self.env.uid)
        note = server_create(
            moves.with_company(bill.company_id),
            {
                "move_type": "in_refund",
                "reversed_entry_id": bill.id,
                "vendor_quality_deduction_form_id": self.id,
                "partner_id": bill.partner_id.id,
                "company_id": bill.company_id.id,
                "journal_id": bill.journal_id.id,
                "currency_id": bill.currency_id.id,
                "fiscal_position_id": bill.fiscal_position_id.id,
                "invoice_date": day or bill.company_id._outsourcing_today(),
                "ref": self._get_deduction_label(),
                "invoice_origin": bill.name,
                "narration": self._get_deduction_note(),
                "invoice_line_ids": [Command.create(line) for line in lines],
            },
        )
        server_write(note, {"invoice_currency_rate": bill.invoice_currency_rate})
        self._match_tax(note, bill, total)
        return moves.browse(note.id)

    def _match_tax(self, note, bill, total):
        """Make bill less credit note what the gate lets pay, to the last cent.

        Taxes of the two are rounded apart; the difference of a cent goes into
        the tax of the credit note, as people correct the tax of a vendor.
        """
        untaxed = bill.amount_untaxed
        rest = bill.currency_id.round(bill.amount_total * (untaxed - total) / untaxed)
        wanted = bill.currency_id.round(bill.amount_total - rest)
        difference = bill.currency_id.round(wanted - note.amount_total)
        if not difference or abs(difference) > 10 * bill.currency_id.rounding:
            return
        totals = note.tax_totals
        groups = [
            group
            for subtotal in totals["subtotals"]
            for group in subtotal["tax_groups"]
        ]
        if groups:
            groups[0]["tax_amount_currency"] += difference
            note.tax_totals = totals

    # ------------------------------------------------------------
    # BILL LINES
    # ------------------------------------------------------------

    def _add_deduction_lines(self, bill):
        """Take the deductions off a draft bill by negative lines; return them.

        Lines from an earlier call are replaced.
        """
        self.ensure_one()
        # sudo: accounting need not read forms, and sees those of the bill it may edit.
        form, known = self.sudo(), bill.sudo().vendor_quality_form_ids
        if bill.state != "draft":
            raise UserError(
                self.env._(
                    "%s is posted: its deductions are taken off by a credit note.",
                    bill.display_name,
                )
            )
        if form.state != "approved" or form not in known:
            raise UserError(
                self.env._(
                    "%(form)s is not an approved quality form of the period of "
                    "%(bill)s: it takes nothing off this bill.",
                    form=form.name,
                    bill=bill.display_name,
                )
            )
        form._check_no_draft_notes()
        bill.invoice_line_ids.filtered(
            lambda line: line.vendor_quality_deduction_form_id
        ).unlink()
        ledger = form._get_ledgers()[form]
        rate = form._get_bill_rate(bill)
        billed = ledger.billed + bill.amount_untaxed / rate
        to_credit, _back = form._settle(billed, ledger.credited)
        total = bill.currency_id.round(min(to_credit * rate, bill.amount_untaxed))
        if bill.currency_id.is_zero(total):
            return bill.invoice_line_ids.browse()
        before = bill.invoice_line_ids
        commands = [
            Command.create(
                {
                    **line,
                    "price_unit": -line["price_unit"],
                    "vendor_quality_deduction_form_id": form.id,
                }
            )
            for line in form._prepare_deduction_lines(bill, total)
        ]
        with granting(
            before.browse(), "vendor_quality_deduction_form_id", operations=("create",)
        ):
            bill.write({"invoice_line_ids": commands})
        return bill.invoice_line_ids - before

    def _get_bill_rate(self, bill):
        """Return the units of the bill's currency for one of the form's."""
        return self.currency_id._get_conversion_rate(
            self.currency_id,
            bill.currency_id,
            bill.company_id,
            bill.invoice_date or bill.company_id._outsourcing_today(),
        )

    # ------------------------------------------------------------
    # RETURNS
    # ------------------------------------------------------------

    def _create_return_bill(self, day=None):
        """Return a draft bill for what a later form no longer deducts."""
        self.ensure_one()
        # sudo: accounting need not read forms.
        form = self.sudo()
        ledger = form._get_ledgers()[form]
        shares = [share for share in ledger.shares if share.credited]
        if form.currency_id.is_zero(ledger.to_return) or not shares:
            return self.env["account.move"]
        share = shares[-1]
        bill = share.move
        form._check_no_draft_return(bill)
        total = bill.currency_id.round(ledger.to_return * share.rate)
        return (
            self.env["account.move"]
            .with_user(self.env.uid)
            .with_company(bill.company_id)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": bill.partner_id.id,
                    "company_id": bill.company_id.id,
                    "journal_id": bill.journal_id.id,
                    "currency_id": bill.currency_id.id,
                    "fiscal_position_id": bill.fiscal_position_id.id,
                    "invoice_date": day or bill.company_id._outsourcing_today(),
                    "ref": self.env._("%s: deduction that goes back", form.name),
                    "invoice_origin": bill.name,
                    "outsourcing_contract_id": form.contract_id.id,
                    "service_date_start": form.date_start,
                    "service_date_end": form.date_end,
                    "partner_bank_id": bill.partner_bank_id.id,
                    "invoice_line_ids": [
                        Command.create(line)
                        for line in form._prepare_deduction_lines(bill, total)
                    ],
                }
            )
        )

    def _check_no_draft_return(self, bill):
        """Refuse a second return bill before the first counts."""
        draft = self.env["account.move"].search(
            [
                ("move_type", "=", "in_invoice"),
                ("state", "=", "draft"),
                ("outsourcing_contract_id", "=", self.contract_id.id),
                ("service_date_start", "=", self.date_start),
                ("service_date_end", "=", self.date_end),
                ("invoice_origin", "=", bill.name),
            ],
            limit=1,
        )
        if draft:
            raise UserError(
                self.env._(
                    "%(form)s: the draft bill %(bill)s gives the deductions back "
                    "already. Post it, or delete it first.",
                    form=self.name,
                    bill=f"#{draft.id} {draft.ref or ''}".strip(),
                )
            )

    # ------------------------------------------------------------
    # LINES
    # ------------------------------------------------------------

    def _prepare_deduction_lines(self, bill, total):
        """Return line values that sum to ``total``, untaxed, as the bill's lines do.

        The amount is spread over the lines of the bill by largest remainder, and
        lines of one account, tax and analytic distribution become one.
        """
        currency = bill.currency_id
        lines = bill.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and not line.vendor_quality_deduction_form_id
                and not currency.is_zero(line.price_subtotal)
            )
        )
        groups = {}
        for line in lines:
            key = (
                line.account_id.id,
                tuple(line.tax_ids.ids),
                str(line.analytic_distribution or {}),
            )
            groups.setdefault(key, lines.browse())
            groups[key] |= line
        parts = scoring.allocate(
            repr(currency.round(total)),
            [repr(sum(group.mapped("price_subtotal"))) for group in groups.values()],
            repr(currency.rounding),
        )
        return [
            self._prepare_deduction_line(group, float(part))
            for group, part in zip(groups.values(), parts, strict=True)
            if part
        ]

    def _prepare_deduction_line(self, group, amount):
        line = group[0]
        price = amount
        if any(tax.price_include for tax in line.tax_ids):
            price = line.tax_ids.compute_all(
                amount, currency=line.currency_id, handle_price_include=False
            )["total_included"]
        return {
            "name": self._get_deduction_label(),
            "account_id": line.account_id.id,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "analytic_distribution": line.analytic_distribution,
            "quantity": 1.0,
            "price_unit": price,
        }

    def _get_deduction_label(self):
        self.ensure_one()
        return self.env._("%s: deductions", self.name)

    def _describe_rest(self):
        """Return what the approved forms take off or hold back, before tax."""
        texts = []
        for form in self.filtered(lambda form: form.state == "approved"):
            lost = form.deduction_amount - form.credited_amount
            held = form.retention_amount - form.retention_released_amount
            parts = [
                text % form.currency_id.format(amount)
                for amount, text in (
                    (lost, self.env._("%s is deducted")),
                    (held, self.env._("%s is withheld for later")),
                    (form.disputed_amount, self.env._("%s is in dispute")),
                )
                if form.currency_id.compare_amounts(amount, 0) > 0
            ]
            if parts:
                texts.append(
                    self.env._(
                        "Before tax, %(form)s: %(parts)s.",
                        form=form.name,
                        parts=format_list(self.env, parts),
                    )
                )
        return " ".join(texts)

    def _get_deduction_note(self):
        """Return the arithmetic of the items for the vendor, in its language."""
        self.ensure_one()
        items = self.deduction_ids.with_context(lang=self.partner_id.lang).filtered(
            lambda item: item.kind != "retention" and item.difference_amount
        )
        return "\n".join(items.mapped("explanation"))


def _set_applied(form, is_applied):
    """Set the state of what the posted entries took off the bills.

    A function, as evaluated code can call methods of records.
    """
    origin, target = ("approved", "applied") if is_applied else ("applied", "approved")
    server_write(
        form.deduction_ids.filtered(
            lambda item: item.kind != "retention" and item.state == origin
        ),
        {"state": target},
    )
