import importlib.util
from datetime import timedelta
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..models.base.grants import server_write
from ..models.integrity.kept_files import find_changed
from .common import SIGNED_COPY, ContractCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestTenderGuarantee(TenderCommon):
    """Guarantees of bids and of the contract, as the procedure asks for them."""

    def test_bid_guarantee(self):
        self.procedure.bid_guarantee_percent = 2
        tender = self._create_tender()
        with self.assertRaisesRegex(UserError, "at most .*2,400.00, which is 2.0 %"):
            tender.action_publish()
        tender.bid_guarantee_amount = 3000
        with self.assertRaisesRegex(UserError, "at most"):
            tender.action_publish()
        tender.bid_guarantee_amount = 2000
        self._sign_off(tender)
        tender.action_publish()
        tender = self._create_closed(tender=tender)
        sealed = self._get_bid(tender, 0).with_user(self.procurement_user)
        with self.assertRaisesRegex(UserError, "not opened yet"):
            sealed.action_call_guarantee("Walked away")
        tender = self._create_opened(tender=tender)
        with self.assertRaisesRegex(UserError, "no guarantee is held"):
            sealed.action_call_guarantee("Walked away")
        with self.assertRaisesRegex(UserError, "no bid guarantee .*Vendor 0"):
            tender.action_start_evaluation()
        for number in range(3):
            bid = self._get_bid(tender, number).with_user(self.procurement_user)
            with self.assertRaises(UserError):
                bid.with_user(self.officer_user).action_receive_guarantee(
                    "BG-1", SIGNED_COPY
                )
            for paper in (None, "", "nonsense", [1]):
                with self.assertRaisesRegex(UserError, "Attach the guarantee"):
                    bid.action_receive_guarantee("BG-1", paper)
            if number < 2:
                action = bid.action_open_guarantee_wizard()
                self.assertEqual(action["res_model"], "outsourcing.bid.guarantee")
                window = self.env[action["res_model"]].with_user(self.procurement_user)
                window.with_context(**action["context"]).create(
                    {"reference": f"BG-{number}", "document": SIGNED_COPY}
                ).action_confirm()
                self.assertTrue(bid.guarantee_document_hash)
                with self.assertRaisesRegex(UserError, "noted already"):
                    bid.action_receive_guarantee("BG-9", SIGNED_COPY)
        bid.action_disqualify(reason="No guarantee")
        first = self._get_bid(tender, 0).with_user(self.procurement_user)
        with self.assertRaisesRegex(UserError, "it secures the bid"):
            first.action_release_guarantee()
        with self.assertRaises(AccessError):
            first.sudo().write({"guarantee_released_on": self.start})
        tender.action_start_evaluation()
        tender.action_fail(reason="Not needed any more")
        first.action_release_guarantee()
        self.assertTrue(first.guarantee_released_on)
        with self.assertRaisesRegex(UserError, "none to give back"):
            first.action_release_guarantee()
        with self.assertRaisesRegex(UserError, "no guarantee is held"):
            first.action_call_guarantee("Walked away")
        # A bidder who does not keep the bid loses it.
        second = self._get_bid(tender, 1).with_user(self.procurement_user)
        with self.assertRaises(UserError):
            second.with_user(self.officer_user).action_call_guarantee("Walked away")
        with self.assertRaises(UserError):
            second.action_call_guarantee(" ")
        self._check_dated_claim(second)
        with self.assertRaisesRegex(UserError, "was claimed on"):
            second.action_release_guarantee()
        self.assertFalse(find_changed(first | second))
        self.env.cr.execute(
            "UPDATE outsourcing_bid SET guarantee_document_hash = 'x' WHERE id = %s",
            [first.id],
        )
        self.env.invalidate_all()
        self.assertEqual(find_changed(first | second), first)

    def _check_dated_claim(self, bid):
        """The claim is entered later than its issuer got it, with its day."""
        opened = self.company._outsourcing_date(bid.technical_opened_at)
        today = self.company._outsourcing_today()
        with self.assertRaisesRegex(UserError, "yet to come"):
            self._claim(bid, today + timedelta(days=1))
        with freeze_time(bid.technical_opened_at + timedelta(days=4)):
            with self.assertRaisesRegex(UserError, "before the bids are opened"):
                self._claim(bid, opened - timedelta(days=1))
            self._claim(bid, opened + timedelta(days=1))
        self.assertRecordValues(
            bid,
            [
                {
                    "guarantee_called_on": opened + timedelta(days=1),
                    "guarantee_called_by_id": self.procurement_user.id,
                    "guarantee_call_amount": 2000,
                    "guarantee_call_reason": "Walked away",
                }
            ],
        )
        step = self.env["outsourcing.audit.log"].search(
            [("part_id", "=", bid.id), ("verb", "=", "guarantee_called")]
        )
        self.assertEqual(step.details["amount"], 2000)
        lost = {"guarantee_called_by_id": False, "guarantee_call_amount": 0}
        server_write(bid.sudo(), lost)
        path = Path(__file__).parents[1] / "migrations/19.0.1.10.0/post-bid-claims.py"
        spec = importlib.util.spec_from_file_location("claims_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.9.0")
            self.assertEqual(bid.guarantee_called_by_id, self.procurement_user)
            self.assertEqual(bid.guarantee_call_amount, 2000)
        with self.assertRaises(AccessError):
            bid.sudo().write({"guarantee_called_on": today})

    def test_nothing_is_claimed_before_it_was_received(self):
        self.procedure.bid_guarantee_percent = 2
        tender = self._create_tender(bid_guarantee_amount=2000)
        self._sign_off(tender)
        tender.action_publish()
        self._create_opened(tender=self._create_closed(tender=tender))
        bid = self._get_bid(tender, 0).sudo(False).with_user(self.procurement_user)
        opened = self.company._outsourcing_date(bid.sudo().technical_opened_at)
        with freeze_time(self.opening + timedelta(days=3)):
            # A name that is no text names nothing.
            bid.action_receive_guarantee("BG-1", SIGNED_COPY, {"x": 1})
        self.assertEqual(bid.guarantee_document_name, "guarantee.pdf")
        received = bid.guarantee_received_on
        self.assertEqual(received, opened + timedelta(days=3))
        with freeze_time(self.opening + timedelta(days=5)):
            for day in (opened, received - timedelta(days=1)):
                with self.assertRaisesRegex(UserError, "before .* was received"):
                    bid.action_call_guarantee("Walked away", day)
            for day in ([1], {"x": 1}, "2026-13-45", "x", 1.5):
                with self.assertRaisesRegex(UserError, "must be a day"):
                    bid.action_call_guarantee("Walked away", day)
            bid.action_call_guarantee("Walked away", str(received))
        self.assertEqual(bid.guarantee_called_on, received)

    def test_procedure_without_guarantee_refuses_an_amount(self):
        tender = self._create_tender(bid_guarantee_amount=10)
        with self.assertRaisesRegex(UserError, "no bid guarantee"):
            tender.action_publish()

    def test_performance_guarantee_before_the_signature(self):
        self.procedure.performance_guarantee_percent = 10
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id.with_user(self.procurement_user)
        contract.date_end = self.start.date() + timedelta(days=400)
        guarantee = contract.guarantee_ids
        self.assertRecordValues(
            guarantee,
            [
                {
                    "guarantee_type": "performance",
                    "amount": contract.amount_total / 10,
                    "state": "requested",
                }
            ],
        )
        reasons = contract._get_cannot_sign_reason()
        self.assertIn("performance guarantee of 10.0 %", reasons[contract.id])
        contract.action_send_to_sign()
        contract.partner_id.sudo().vat = False
        contract.invalidate_recordset()
        told = [row["text"] for row in contract.missing]
        self.assertEqual(len(told), 3, "the vendor, the guarantee, and who signs")
        self.assertIn("neither a tax number", told[0])
        vendor = contract.commercial_partner_id
        self.assertEqual(contract.missing[0]["links"][0]["id"], vendor.id)
        self.assertEqual(contract.missing[1]["field"], "guarantee_ids")
        vendor.sudo().vat = "TAX 2026-1"
        guarantee.write(
            {
                "issuer": "First Bank",
                "date_expiry": contract.date_end - timedelta(days=1),
                "document": SIGNED_COPY,
                "document_name": "guarantee.pdf",
            }
        )
        # Until it is held, its last day may still change.
        with self.assertRaisesRegex(UserError, "only a guarantee that is held"):
            guarantee.with_user(self.manager_user).action_accept_shorter("Short")
        guarantee.action_hold()
        # It runs, and ends before what it secures.
        reason = contract._get_cannot_sign_reason()[contract.id]
        self.assertIn("ends before the contract", reason)
        self.assertIn(guarantee.display_name, reason)
        with self.assertRaisesRegex(UserError, "not shortened"):
            guarantee.write(
                {
                    "date_expiry": contract.date_end - timedelta(days=9),
                    "document": SIGNED_COPY,
                }
            )
        guarantee.write({"date_expiry": "2030-01-01", "document": SIGNED_COPY})
        self.assertNotIn(contract.id, contract._get_cannot_sign_reason())
        with freeze_time("2030-01-02 12:00:00"):
            self.assertIn(
                "performance", contract._get_cannot_sign_reason()[contract.id]
            )

    def _create_guaranteed(self):
        """Return a contract out for signature, and its short guarantee, held."""
        self.procedure.performance_guarantee_percent = 10
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id.with_user(self.procurement_user)
        contract.date_end = self.start.date() + timedelta(days=400)
        contract.action_send_to_sign()
        guarantee = contract.guarantee_ids
        guarantee.write(
            {
                "issuer": "First Bank",
                "date_expiry": contract.date_end - timedelta(days=30),
                "document": SIGNED_COPY,
                "document_name": "guarantee.pdf",
            }
        )
        guarantee.action_hold()
        return contract, guarantee

    def _sign(self, contract):
        with freeze_time(contract.sudo().award_ids.final_date):
            contract.action_sign(signed_copy=SIGNED_COPY)
        self.assertTrue(contract.signed_date)

    def test_a_manager_accepts_a_shorter_term(self):
        contract, guarantee = self._create_guaranteed()
        reason = "The bank writes for eleven months; the last bill is paid later"
        for user in (self.procurement_user, self.officer_user, self.finance_user):
            with self.assertRaises(UserError):
                guarantee.with_user(user).action_accept_shorter(reason)
        with self.assertRaises(AccessError):
            guarantee.shorter_accepted_end = contract.date_end
        boss = guarantee.with_user(self.manager_user)
        with self.assertRaises(UserError):
            boss.action_accept_shorter(" ")
        action = boss.action_open_shorter_wizard()
        self.env[action["res_model"]].with_user(self.manager_user).with_context(
            **action["context"]
        ).create({"reason": reason}).action_confirm()
        self.assertRecordValues(
            guarantee,
            [
                {
                    "shorter_reason": reason,
                    "shorter_accepted_by_id": self.manager_user.id,
                    "shorter_accepted_end": contract.date_end,
                }
            ],
        )
        self.assertTrue(guarantee.is_shorter_accepted)
        with self.assertRaisesRegex(UserError, "accepted already"):
            boss.action_accept_shorter("Once more")
        self.assertNotIn(contract.id, contract._get_cannot_sign_reason())
        self._sign(contract)
        step = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", contract._name),
                ("res_id", "=", contract.id),
                ("verb", "=", "guarantee_shorter"),
            ]
        )
        self.assertEqual(step.user_id, self.manager_user)

    def test_who_typed_it_does_not_accept_it(self):
        """Somebody else made the row: whoever wrote its day decides on own words."""
        _contract, guarantee = self._create_guaranteed()
        other = self._new_user(
            "boss2",
            "outsourcing_mgmt.group_outsourcing_manager,"
            "outsourcing_mgmt.group_outsourcing_procurement",
        )
        self.assertNotEqual(guarantee.create_uid, other)
        guarantee.with_user(other).write(
            {
                "date_expiry": guarantee.date_expiry + timedelta(days=1),
                "document": SIGNED_COPY,
            }
        )
        self.assertTrue(guarantee.is_short)
        with self.assertRaisesRegex(UserError, "you entered a part of it"):
            guarantee.with_user(other).action_accept_shorter("As I wrote it")
        guarantee.invalidate_recordset()
        self.assertFalse(guarantee.with_user(other).can_accept_shorter)
        self.assertTrue(guarantee.with_user(self.manager_user).can_accept_shorter)
        with self.assertRaises(AccessError):
            guarantee.with_user(other).write({"content_author_ids": [(5, 0, 0)]})
        guarantee.with_user(self.manager_user).action_accept_shorter("Eleven months")

    def test_who_typed_it_before_it_was_held_does_not_accept_it(self):
        self.procedure.performance_guarantee_percent = 10
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id.with_user(self.procurement_user)
        contract.date_end = self.start.date() + timedelta(days=400)
        guarantee = contract.guarantee_ids
        both = self._new_user(
            "boss3",
            "outsourcing_mgmt.group_outsourcing_manager,"
            "outsourcing_mgmt.group_outsourcing_procurement",
        )
        guarantee.with_user(both).issuer = "First Bank"
        guarantee.write(
            {
                "date_expiry": contract.date_end - timedelta(days=30),
                "document": SIGNED_COPY,
                "document_name": "guarantee.pdf",
            }
        )
        guarantee.action_hold()
        with self.assertRaisesRegex(UserError, "you entered a part of it"):
            guarantee.with_user(both).action_accept_shorter("Enough")

    def test_what_expired_is_not_claimed(self):
        """Its issuer pays nothing any more; extended, it is claimed."""
        contract, guarantee = self._create_guaranteed()
        with freeze_time(guarantee.date_expiry + timedelta(days=1)):
            with self.assertRaisesRegex(
                UserError, "expired on .*extended.*give it back"
            ):
                guarantee.action_call("Walked away")
            with self.assertRaisesRegex(UserError, "expired on"):
                self._claim(guarantee, False)
            self.assertEqual(guarantee.state, "held")
            self.assertTrue(guarantee.is_expired)
            self.assertFalse(guarantee.is_secured)
            guarantee.write({"date_expiry": contract.date_end, "document": SIGNED_COPY})
            self.assertFalse(guarantee.is_expired)
            guarantee.action_call("Walked away")
        self.assertEqual(guarantee.state, "called")

    def _claim(self, record, day):
        """Claim a guarantee in the dialog, on the day that it proposes or another."""
        verb = "call" if record._name.endswith("guarantee") else "call_guarantee"
        action = getattr(record, f"action_open_{verb}_wizard")()
        wizard = self.env[action["res_model"]].with_user(record.env.user)
        with Form(wizard.with_context(**action["context"])) as form:
            form.reason = "Walked away"
            if day:
                form.day = day
        form.record.action_confirm()

    def test_a_claim_on_the_last_day_is_entered_later(self):
        """The bank had it in time; nobody was at the desk to enter it."""
        _contract, guarantee = self._create_guaranteed()
        last = guarantee.date_expiry
        with freeze_time(last - timedelta(days=2)):
            with self.assertRaisesRegex(UserError, "yet to come"):
                self._claim(guarantee, last)
        with freeze_time(last + timedelta(days=3)):
            with self.assertRaisesRegex(UserError, "expired on"):
                self._claim(guarantee, last + timedelta(days=1))
            self.assertEqual(guarantee.state, "held")
            self.assertTrue(guarantee.can_call)
            self._claim(guarantee, last)
            self.assertEqual(guarantee.closed_on, last + timedelta(days=3))
        self.assertEqual(guarantee.state, "called")
        self.assertEqual(guarantee.called_on, last)
        with self.assertRaises(UserError):
            guarantee.write({"called_on": last + timedelta(days=1)})

    def test_nothing_is_claimed_before_it_was_issued(self):
        """A year was mistyped: the claim would be in time for ever."""
        _contract, guarantee = self._create_guaranteed()
        guarantee.date_issue = guarantee.company_id._outsourcing_today()
        with self.assertRaisesRegex(UserError, "was issued on"):
            self._claim(guarantee, guarantee.date_issue - timedelta(days=1))
        self.assertEqual(guarantee.state, "held")
        self._claim(guarantee, guarantee.date_issue)
        self.assertEqual(guarantee.called_on, guarantee.date_issue)

    def test_on_its_last_day_it_is_claimed(self):
        _contract, guarantee = self._create_guaranteed()
        with freeze_time(guarantee.date_expiry):
            guarantee.action_call("Walked away")
        self.assertEqual(guarantee.state, "called")

    def test_the_form_offers_another_paper_only_with_another_day(self):
        _contract, guarantee = self._create_guaranteed()
        with Form(guarantee) as form:
            with self.assertRaisesRegex(AssertionError, "readonly"):
                form.document = SIGNED_COPY
            form.date_expiry = guarantee.date_expiry + timedelta(days=1)
            form.document = SIGNED_COPY
        self.assertTrue(guarantee.document_hash)
        guarantee.action_call("Walked away")
        with Form(guarantee) as form:
            for name in ("date_expiry", "document", "issuer", "date_issue", "name"):
                with self.assertRaisesRegex(AssertionError, "readonly"):
                    setattr(form, name, False)

    def test_an_amendment_asks_for_the_guarantee(self):
        """One that counted lacks in a longer contract, or in one for more."""
        contract, guarantee = self._create_guaranteed()
        guarantee.write({"date_expiry": contract.date_end, "document": SIGNED_COPY})
        self._sign(contract)
        amendment = self.env["outsourcing.contract.amendment"].create(
            {
                "name": "One month more",
                "contract_id": contract.id,
                "reason": "The next tender is late",
                "new_date_end": contract.date_end + timedelta(days=31),
            }
        )
        amendment = amendment.with_user(self.procurement_user)
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user, self.finance_user)
        amendment.with_user(self.officer_user).action_approve()
        asked = contract.activity_ids.filtered(
            lambda item: "performance guarantee" in (item.summary or "")
        )
        self.assertEqual(asked.user_id, contract.owner_id)
        self.assertIn(
            contract.currency_id.format(contract.amount_total / 10), asked.summary
        )


@tagged("post_install", "-at_install")
class TestCompanyRules(ContractCommon):
    """The manager changes the rules of the company; nobody else of the roles does."""

    def test_manager_changes_the_rules(self):
        Rules = self.env["outsourcing.company.rules"]
        for role in ("plain", "officer", "finance", "hr", "procurement", "auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                Rules.with_user(getattr(self, f"{role}_user")).create({})
        wizard = Rules.with_user(self.manager_user).create({})
        self.assertRecordValues(wizard, [{"filing_days": 3, "sign_days": 30}])
        with self.assertRaises(AccessError):
            wizard.with_user(self.officer_user).sudo().action_confirm()
        wizard.write({"sign_days": 12, "scope_rule": "all"})
        wizard.action_confirm()
        self.assertRecordValues(
            self.company,
            [{"outsourcing_sign_days": 12, "outsourcing_scope_rule": "all"}],
        )
        row = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", "res.company"), ("verb", "=", "company_rules")]
        )
        self.assertEqual(row.user_id, self.manager_user)
        self.assertIn("sign_days", str(row.details))
        with self.assertRaises(AccessError):
            self.company.with_user(self.manager_user).outsourcing_sign_days = 1
        with self.assertRaises(AccessError):
            self.company.with_user(self.manager_user).outsourcing_reward_cap = 1
        other = self.env["res.company"].create({"name": "Second Company"})
        with self.assertRaises(AccessError):
            Rules.with_user(self.manager_user).create({"company_id": other.id})

    def test_days_to_sign(self):
        """For new procedures, and for contracts that rest on no award."""
        self.company.outsourcing_sign_days = 12
        procedure = self.env["outsourcing.procedure"].create({"name": "New"})
        self.assertEqual(procedure.sign_days, 12)
        contract = self._create_contract()
        self._send_to_sign(contract)
        self.assertEqual(contract.sign_days, 12)
        self.assertEqual((contract.sign_deadline - contract.to_sign_date).days, 12)
        event = self.env["outsourcing.compliance.event"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        )
        self.assertEqual(event.code, "direct_award", "HR is told of it")
