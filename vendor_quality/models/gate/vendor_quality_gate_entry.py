from odoo import api, models

from ...tools import gate


class VendorQualityGate(models.AbstractModel):
    """Journal entries: a debt to a governed vendor is entered as a bill.

    An entry that credits a payable account of such a vendor is refused, unless
    two persons decided on it. Opening balances, exchange differences and the
    exact reversal of an entry pass.
    """

    _inherit = "vendor.quality.gate"

    @api.model
    def _enforce_entries(self, moves):
        """Raise unless the entries may stand as they are posted."""
        facts = self._get_entry_facts(
            moves.filtered(lambda move: self._may_credit_vendor(move))
        )
        verdicts, blocked = {}, {}
        for move in moves.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            if item["bill"].decided_fingerprint == item["bill"].fingerprint:
                continue
            verdict = gate.decide_entry(item["bill"], item["contracts"])
            (blocked if verdict.is_blocked else verdicts)[move] = verdict
        if blocked:
            self._raise_blocked(blocked, self.env._("cannot be posted"))
        self.env["vendor.quality.decision"]._record(
            [
                self._prepare_entry_row(move, verdict, facts[move.id])
                for move, verdict in verdicts.items()
            ]
        )
        self._use_permits(verdicts, "posting_used_at")

    @api.model
    def _get_entry_facts(self, moves):
        """Return the facts of entries that are no bills and should have been one."""
        entries = moves.filtered(lambda move: move.move_type == "entry")
        if not entries or not self._is_on(entries.company_id):
            return {}
        facts = (
            self.env["vendor.quality.gate.facts"]
            .sudo()  # reads contracts and partners of any owner
            ._get_entries(entries)
        )
        return {
            move.id: facts[move.id]
            for move in entries.filtered(lambda item: item.id in facts)
            if not self._is_bookkeeping(move)
        }

    @api.model
    def _may_credit_vendor(self, move):
        """Spare the database entries that plainly owe nobody anything."""
        return move.move_type == "entry" and any(
            (line.balance < 0 or line.amount_currency < 0)
            and line.account_id.account_type == "liability_payable"
            for line in move.line_ids
        )

    @api.model
    def _is_bookkeeping(self, move):
        """Whether the entry only moves what the ledger held already."""
        move = move.sudo()
        company = move.company_id
        if company.account_opening_move_id == move:
            return True
        others = move.line_ids.filtered(
            lambda line: line.account_id.account_type != "liability_payable"
        )
        if (
            company.currency_exchange_journal_id == move.journal_id
            and others
            and (
                others.account_id
                <= company.income_currency_exchange_account_id
                | company.expense_currency_exchange_account_id
            )
        ):
            return True
        return self._is_reversal(move)

    @api.model
    def _is_reversal(self, move):
        """Whether the entry is the only one that takes back another, line by line."""
        origin = move.reversed_entry_id
        if not origin or origin.move_type != "entry":
            return False
        others = (origin.reversal_move_ids - move).filtered(
            lambda other: other.state == "posted"
        )

        def content(entry, sign):
            return sorted(
                (
                    line.account_id.id,
                    line.partner_id.id,
                    line.currency_id.id,
                    round(sign * line.balance, 6),
                    round(sign * line.amount_currency, 6),
                )
                for line in entry.line_ids
            )

        return (
            not others
            and origin.state == "posted"
            and (content(move, 1) == content(origin, -1))
        )

    @api.model
    def _judge_entries(self, moves):
        """Return the open verdicts of draft entries, as ``_judge`` does."""
        drafts = moves.filtered(lambda move: move.state == "draft")
        return {
            drafts.browse(move_id): (
                "post",
                gate.decide_entry(item["bill"], item["contracts"]),
                None,
            )
            for move_id, item in self._get_entry_facts(drafts).items()
        }

    @api.model
    def _prepare_entry_row(self, move, verdict, item):
        return {
            "company_id": move.company_id.id,
            "move_id": move.id,
            "move_name": move.name,
            "stage": "post",
            "ground": verdict.ground,
            "contract_id": verdict.contract.id if verdict.contract else None,
            "exception_id": verdict.permit.id,
            "currency_id": move.currency_id.id,
            "amount": 0.0,
            "fingerprint": item["bill"].fingerprint,
        }

    @api.model
    def _get_entry_room(self, company, vendor, currency, day):
        """Return what may be paid on entries that two persons decided on."""
        lines = (
            self.env["account.move.line"]
            .sudo()  # the payer may not see every entry
            .search(
                [
                    ("partner_id", "child_of", vendor.id),
                    ("company_id", "child_of", company.root_id.id),
                    ("account_id.account_type", "=", "liability_payable"),
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "=", "entry"),
                    ("move_id.vendor_quality_decision_ids", "!=", False),
                    ("amount_residual", "<", 0),
                ]
            )
        )
        facts = self._get_entry_facts(lines.move_id)
        return sum(
            line.currency_id._convert(
                -line.amount_residual_currency, currency, line.company_id, day
            )
            for line in lines
            if line.move_id.id in facts
            and facts[line.move_id.id]["bill"].fingerprint
            == facts[line.move_id.id]["bill"].decided_fingerprint
        )
