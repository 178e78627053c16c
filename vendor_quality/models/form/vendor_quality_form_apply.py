from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

from ...tools import scoring


class VendorQualityForm(models.Model):
    """How the deductions of a form become credit notes and bill lines.

    A deduction is a reduction of the price: same accounts, taxes and analytic
    distribution as the lines of the bill, in its currency and at its rate. The
    entries are made with the rights of the acting user; posting stays native.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # CREDIT NOTES
    # ------------------------------------------------------------

    def _create_credit_notes(self, day=None):
        """Return draft credit notes for what the posted bills ask too much.

        Bills that are not paid come first, so that a credit note lowers what is
        still to be paid.

        :param date day: date of the credit notes, by default today
        """
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
                    notes=", ".join(
                        f"#{move.id} {move.ref or ''}".strip() for move in drafts[:5]
                    ),
                )
            )

    def _create_credit_note(self, share, amount, day):
        """Return a draft credit note of ``amount``, in the currency of the form."""
        self.ensure_one()
        bill = share.move
        total = bill.currency_id.round(amount * share.rate)
        lines = self._prepare_deduction_lines(bill, total)
        note = (
            self.env["account.move"]
            .with_user(self.env.uid)
            .with_context(outsourcing_flow_key=FLOW_KEY)
            .with_company(bill.company_id)
            .create(
                {
                    "move_type": "in_refund",
                    "reversed_entry_id": bill.id,
                    "vendor_quality_deduction_form_id": self.id,
                    "partner_id": bill.partner_id.id,
                    "company_id": bill.company_id.id,
                    "journal_id": bill.journal_id.id,
                    "currency_id": bill.currency_id.id,
                    "fiscal_position_id": bill.fiscal_position_id.id,
                    "invoice_date": day or fields.Date.context_today(self),
                    "ref": self._get_deduction_label(),
                    "invoice_origin": bill.name,
                    "narration": self._get_deduction_note(),
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )
        note.invoice_currency_rate = bill.invoice_currency_rate
        self._match_tax(note, bill, total)
        return self.env["account.move"].with_user(self.env.uid).browse(note.id)

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
        form = self.sudo()
        if bill.state != "draft":
            raise UserError(
                self.env._(
                    "%s is posted: its deductions are taken off by a credit note.",
                    bill.display_name,
                )
            )
        if form.state != "approved" or form not in bill.sudo().vendor_quality_form_ids:
            raise UserError(
                self.env._(
                    "%(form)s is not an approved quality form of the period of "
                    "%(bill)s: it takes nothing off this bill.",
                    form=form.name,
                    bill=bill.display_name,
                )
            )
        form._check_no_draft_notes()
        flow_bill = bill.with_context(outsourcing_flow_key=FLOW_KEY)
        flow_bill.invoice_line_ids.filtered(
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
        flow_bill.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {
                            **line,
                            "price_unit": -line["price_unit"],
                            "vendor_quality_deduction_form_id": form.id,
                        }
                    )
                    for line in form._prepare_deduction_lines(bill, total)
                ]
            }
        )
        return bill.invoice_line_ids - before

    def _get_bill_rate(self, bill):
        """Return the units of the bill's currency for one of the form's."""
        return self.currency_id._get_conversion_rate(
            self.currency_id,
            bill.currency_id,
            bill.company_id,
            bill.invoice_date or fields.Date.context_today(self),
        )

    # ------------------------------------------------------------
    # RETURNS
    # ------------------------------------------------------------

    def _create_return_bill(self, day=None):
        """Return a draft bill for what a later form no longer deducts."""
        self.ensure_one()
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
                    "invoice_date": day or fields.Date.context_today(self),
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

    def _get_deduction_note(self):
        """Return the arithmetic of the items for the vendor, in his language."""
        self.ensure_one()
        items = self.deduction_ids.with_context(lang=self.partner_id.lang).filtered(
            lambda item: item.kind != "retention" and item.difference_amount
        )
        return "\n".join(items.mapped("explanation"))
