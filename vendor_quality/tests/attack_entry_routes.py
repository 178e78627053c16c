from odoo import Command

from .attack_common import AttackCommon
from .gate_common import FEBRUARY


class EntryRoutes(AttackCommon):
    """Every way to owe a governed vendor something without a bill."""

    def _entry_routes(self):
        return {
            "entry by button": lambda call: call(self._new_debt(), "action_post"),
            "entry by state": lambda call: call(
                self._new_debt(), "write", {"state": "posted"}
            ),
            "entry imported": lambda call: call(
                self.env["account.move"],
                "load",
                [".id", "state"],
                [[self._new_debt().id, "posted"]],
            ),
            "entry created": lambda call: call(
                call.create("account.move", self._get_entry_values()), "action_post"
            ),
            "entry created posted": lambda call: call.create(
                "account.move", {**self._get_entry_values(), "state": "posted"}
            ),
            "entry of a contact": lambda call: call(
                self._new_debt(partner=self._new_desk()), "action_post"
            ),
            "partner after posting": lambda call: self._set_partner_late(call),
            "partner through the entry": lambda call: self._set_partner_late(
                call, by_entry=True
            ),
            "bill turned into an entry": lambda call: self._turn_into_entry(call),
            "false reversal": lambda call: self._reverse_falsely(call),
        }

    def _get_entry_values(self):
        return {
            "journal_id": self.company_data["default_journal_misc"].id,
            "date": "2026-02-06",
            "line_ids": [
                Command.create(
                    {
                        "account_id": self.payable.id,
                        "partner_id": self.vendor.id,
                        "credit": 10,
                    }
                ),
                Command.create({"account_id": self.expense.id, "debit": 10}),
            ],
        }

    def _new_desk(self):
        return self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id}
        )

    def _set_partner_late(self, call, by_entry=False):
        free = self._new_debt(partner=self.other_vendor)
        line = self._get_payable_line(free)
        call(free, "action_post")
        values = {"partner_id": self.vendor.id}
        if by_entry:
            call(free, "write", {"line_ids": [Command.update(line.id, values)]})
        else:
            call(line, "write", values)

    def _turn_into_entry(self, call):
        bill = self._new_bill(period=FEBRUARY)
        call(bill, "write", {"move_type": "entry"})
        call(bill, "action_post")

    def _reverse_falsely(self, call):
        """Something that looks like a reversal, but books an expense."""
        payment = self._new_entry(1000)
        call(self._new_debt(reversed_entry_id=payment.id), "action_post")
