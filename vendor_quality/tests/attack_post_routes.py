from odoo import Command

from .attack_common import AttackCommon


class PostRoutes(AttackCommon):
    """A draft bill without a form, and every way to post it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._new_bill()
        cls.bill_line = cls.bill.invoice_line_ids

    def _routes(self):
        bill, line = self.bill, self.bill_line
        return {
            "button": lambda call: call(bill, "action_post"),
            "mass confirm": lambda call: call(
                bill, "action_validate_moves_with_confirmation"
            ),
            "validate wizard": lambda call: self._validate(call, bill, False),
            "validate wizard, forced": lambda call: self._validate(call, bill, True),
            "write state": lambda call: call(bill, "write", {"state": "posted"}),
            "write state and other figures": lambda call: call(
                bill,
                "write",
                {"state": "posted", "amount_untaxed": 0, "amount_total": 0},
            ),
            "write state and kind": lambda call: call(
                bill, "write", {"state": "posted", "outsourcing_bill_kind": "outside"}
            ),
            "write state without contract": lambda call: call(
                bill, "write", {"state": "posted", "outsourcing_contract_id": False}
            ),
            "write state of another period": lambda call: call(
                bill,
                "write",
                {
                    "state": "posted",
                    "service_date_start": "2020-01-01",
                    "service_date_end": "2020-01-31",
                },
            ),
            "dated back": lambda call: self._date_back(call, bill),
            "write through the lines": lambda call: call(
                line, "write", {"move_id": bill.id, "parent_state": "posted"}
            ),
            "import of the state": lambda call: call(
                self.env["account.move"],
                "load",
                [".id", "state"],
                [[bill.id, "posted"]],
            ),
            "create posted": lambda call: self._create(call, {"state": "posted"}),
            "create posted by default": lambda call: self._create(
                call, {}, {"default_state": "posted"}
            ),
            "copy posted": lambda call: call(bill, "copy", {"state": "posted"}),
            "receipt": lambda call: call(
                self._create(call, {"move_type": "in_receipt"}), "action_post"
            ),
            "contact of the vendor": lambda call: call(
                self._create(call, {"partner_id": self._new_contact().id}),
                "action_post",
            ),
            "twin by tax number": lambda call: call(
                self._create(
                    call, {"partner_id": self._new_twin(vat="be 0477.472.701").id}
                ),
                "action_post",
            ),
            "twin by bank account": lambda call: call(
                self._create(call, {"partner_id": self._new_bank_twin().id}),
                "action_post",
            ),
            "bank account of the vendor on the bill": lambda call: self._post_by_bank(
                call
            ),
            "vendor after posting": lambda call: self._set_vendor_late(call),
            "reversed credit note": lambda call: self._reverse(call),
            "negative credit note": lambda call: self._post_negative_refund(call),
            "switched credit note": lambda call: self._switch(call),
            "recurring copy": lambda call: call(
                bill,
                "write",
                {"auto_post": "monthly", "state": "posted"},
            ),
        }

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    def _validate(self, call, bill, force):
        wizard = call.create(
            "validate.account.move",
            {"force_post": force},
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, "validate_move")

    def _date_back(self, call, bill):
        call(
            bill,
            "write",
            {
                "invoice_date": "2020-01-05",
                "date": "2020-01-05",
                "service_date_start": "2020-01-01",
                "service_date_end": "2020-01-31",
            },
        )
        call(bill, "action_post")

    def _create(self, call, values, context=None):
        values = {
            "move_type": "in_invoice",
            "partner_id": self.vendor.id,
            "invoice_date": "2026-02-05",
            "date": "2026-02-05",
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Cleaning",
                        "price_unit": 1000,
                        "account_id": self.expense.id,
                    }
                )
            ],
            **values,
        }
        return call.create("account.move", values, context)

    def _new_contact(self):
        return self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id, "type": "invoice"}
        )

    def _new_twin(self, **values):
        return self.env["res.partner"].create(
            {"name": "Clean and Co.", "is_company": True, **values}
        )

    def _new_bank_twin(self):
        twin = self._new_twin()
        for partner in twin | self.vendor:
            self.env["res.partner.bank"].create(
                {"partner_id": partner.id, "acc_number": "BE71 0961 2345 6769"}
            )
        return twin

    def _post_by_bank(self, call):
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": "BE71 0961 2345 6769"}
        )
        bill = self._create(
            call,
            {"partner_id": self.other_vendor.id, "partner_bank_id": bank.id},
        )
        call(bill, "action_post")

    def _set_vendor_late(self, call):
        bill = self._create(call, {"partner_id": False})
        call(bill, "write", {"state": "posted"})
        call(
            bill,
            "write",
            {"partner_id": self.vendor.id},
            extra={"skip_readonly_check": True},
        )

    def _new_refund(self, call, amount=1000):
        return self._create(
            call,
            {
                "move_type": "in_refund",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Cleaning",
                            "price_unit": amount,
                            "account_id": self.expense.id,
                        }
                    )
                ],
            },
        )

    def _reverse(self, call):
        refund = self._new_refund(call)
        call(refund, "action_post")
        wizard = call.create(
            "account.move.reversal",
            {"journal_id": refund.journal_id.id, "date": "2026-02-06"},
            {"active_model": "account.move", "active_ids": refund.ids},
        )
        call(wizard, "modify_moves")

    def _post_negative_refund(self, call):
        refund = self._new_refund(call, -1000)
        call(refund, "write", {"state": "posted"})

    def _switch(self, call):
        refund = self._new_refund(call)
        call(refund, "action_switch_move_type")
        call(refund, "action_post")

    def _raise_balance(self, call, bill):
        context = {"check_move_validity": False}
        for line in bill.line_ids.filtered("balance"):
            call(
                line,
                "write",
                {
                    "balance": line.balance * 9,
                    "amount_currency": line.amount_currency * 9,
                },
                extra=context,
            )

    def _post_again(self, call, bill):
        call(bill, "button_draft")
        call(
            bill,
            "write",
            {
                "invoice_line_ids": [
                    Command.update(bill.invoice_line_ids.id, {"price_unit": 9000})
                ]
            },
        )
        call(bill, "action_post")
