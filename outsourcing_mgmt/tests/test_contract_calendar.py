import re
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.groups import PROCUREMENT
from ..models.messages.scheduling import MANY
from .common import SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
class TestContractCalendar(ContractCommon):
    """What the daily job does with contracts, and only that."""

    def _create_year(self, **values):
        with freeze_time("2026-01-01 09:00:00"):
            return self._create_active(
                date_start="2026-01-01",
                date_end="2026-12-31",
                signed_date="2026-01-01",
                notice_days=30,
                **values,
            )

    def _run(self, moment):
        with freeze_time(moment):
            self._run_cron("ir_cron_contract_calendar")

    def test_expiry(self):
        contract = self._create_year()
        steps = [
            ("2026-11-30 08:00:00", "active"),
            ("2026-12-01 08:00:00", "expiring"),
            ("2026-12-31 23:00:00", "expiring"),
            ("2027-01-01 00:30:00", "expired"),
            ("2027-01-01 08:00:00", "expired"),
        ]
        for moment, state in steps:
            with self.subTest(moment=moment):
                self._run(moment)
                self.assertEqual(contract.state, state)

    def test_missed_runs_are_caught_up(self):
        contract = self._create_year()
        self._run("2027-02-01 08:00:00")
        self.assertEqual(contract.state, "expired")

    def test_starts_by_itself(self):
        with freeze_time("2026-01-01 09:00:00"):
            contract = self._create_signed(
                "2026-01-01", date_start="2026-02-01", date_end="2026-12-31"
            )
        self._run("2026-01-31 08:00:00")
        self.assertEqual(contract.state, "signed")
        self._run("2026-02-01 08:00:00")
        self.assertEqual(contract.state, "active")

    def test_one_reminder(self):
        contract = self._create_year()
        self._run("2026-11-16 08:00:00")
        self.assertFalse(self._reminders(contract))
        for moment in (
            "2026-11-17 08:00:00",
            "2026-11-17 09:00:00",
            "2026-11-20 08:00",
        ):
            self._run(moment)
        self.assertRecordValues(
            self._reminders(contract),
            [{"user_id": self.officer_user.id, "date_deadline": date(2026, 12, 1)}],
        )

    def _reminders(self, contract):
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_deadline")
        return contract.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_auto_renewal(self):
        contract = self._create_year(term="auto_renew", renewals_foreseen=1)
        self._run("2026-12-31 08:00:00")
        self.assertEqual(contract.state, "expiring")
        self._run("2027-01-01 08:00:00")
        self._run("2027-01-01 09:00:00")
        successor = contract.successor_ids
        self.assertRecordValues(contract, [{"state": "renewed"}])
        self.assertRecordValues(
            successor,
            [
                {
                    "state": "active",
                    "date_start": date(2027, 1, 1),
                    "date_end": date(2027, 12, 31),
                    "signed_date": date(2027, 1, 1),
                    "signed_by_id": self.procurement_user.id,
                    "filing_deadline": date(2027, 1, 4),
                    "renewal_number": 1,
                    "amount_total": 12000.0,
                }
            ],
        )
        # The announced renewal is used up.
        self._run("2028-01-01 08:00:00")
        self.assertEqual(successor.state, "expired")

    def test_held_renewal_calls_procurement(self):
        """It lapsed, and nobody had been asked whether it was another vendor."""
        contract = self._create_year(term="auto_renew", renewals_foreseen=1)
        self._run("2026-12-02 08:00:00")
        self.assertFalse(self._todos(contract))
        with freeze_time("2026-12-03 08:00:00"):
            entry = self.env["outsourcing.blacklist"].with_user(self.procurement_user)
            entry = entry.create(
                {
                    "partner_id": self.env["res.partner"]
                    .create({"name": f"{self.vendor.name} GmbH", "is_company": True})
                    .id,
                    "ground": "false_documents",
                    "reason": "The licence was forged.",
                    "date_from": "2026-12-01",
                    "date_to": "2027-06-30",
                }
            )
            entry.request_validation()
            entry.with_user(self.manager_user).action_activate()
        for moment in ("2026-12-03 09:00:00", "2026-12-04 08:00:00"):
            self._run(moment)
        self.assertEqual(len(self._todos(contract)), 1)
        self.assertTrue(self._todos(contract).user_id.has_group(PROCUREMENT))
        self.assertEqual(len(self._todos(entry)), 1)
        self._run("2027-01-01 08:00:00")
        self.assertEqual(contract.state, "expired")

    def _todos(self, record):
        kind = self.env.ref("mail.mail_activity_data_todo")
        return record.sudo().activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id == kind
                and re.search("renew itself|the same vendor", activity.summary or "")
            )
        )

    def test_manual_renewal(self):
        contract = self._create_year()
        with freeze_time("2026-12-05 09:00:00"):
            contract.with_user(self.procurement_user).action_renew()
        successor = contract.successor_ids
        self.assertRecordValues(
            successor,
            [{"state": "draft", "signed_date": False, "date_start": date(2027, 1, 1)}],
        )
        with self.assertRaises(UserError):
            contract.with_user(self.procurement_user).action_renew()
        # Not announced in a tender: reviewed, and an event when it is signed.
        with freeze_time("2026-12-10 09:00:00"):
            successor.with_user(self.procurement_user).direct_reason = "One year more"
            self._send_to_sign(successor)
            successor.with_user(self.procurement_user).action_sign(
                "2026-12-10", SIGNED_COPY
            )
            self._run_cron("ir_cron_compliance")
        event = self.env["outsourcing.compliance.event"].search(
            [("res_model", "=", contract._name), ("res_id", "=", successor.id)]
        )
        self.assertEqual(event.code, "renewed_unforeseen")

    def test_renewal_that_is_given_up(self):
        """The contract goes back to its dates, and can be renewed again."""
        contract = self._create_year(renewals_foreseen=1)
        mine = contract.with_user(self.procurement_user)
        for moment, give_up, state in (
            ("2026-06-01 09:00:00", "action_cancel", "active"),
            ("2026-12-05 09:00:00", "unlink", "expiring"),
            ("2027-02-01 09:00:00", "action_cancel", "expired"),
        ):
            with self.subTest(state=state), freeze_time(moment):
                mine.action_renew()
                successor = contract._get_successor()
                with self.assertRefused(successor.name):
                    contract.with_user(self.procurement_user).state = "active"
                getattr(successor.with_user(self.procurement_user), give_up)()
                self.assertEqual(contract.state, state)
        with freeze_time("2027-02-02 09:00:00"):
            mine.action_renew()
            self.assertEqual(contract._get_successor().state, "draft")
            self.assertEqual(contract.state, "renewed")

    def _renew(self, **values):
        """Return the draft of a foreseen renewal, as procurement."""
        contract = self._create_year(**{"renewals_foreseen": 1, **values})
        contract.with_user(self.procurement_user).action_renew()
        return contract.successor_ids.with_user(self.procurement_user)

    @freeze_time("2026-12-05 09:00:00")
    def test_foreseen_renewal_needs_no_review(self):
        successor = self._renew()
        self.assertFalse(successor.is_direct)
        self.assertFalse(successor.need_validation)
        successor.action_send_to_sign()
        self.assertEqual(successor.state, "to_sign")
        shorter = self._renew()
        shorter.write({"date_end": "2027-06-30", "amount_total": 5000})
        shorter.action_send_to_sign()
        self.assertEqual(shorter.state, "to_sign")

    @freeze_time("2026-12-05 09:00:00")
    def test_renewal_keeps_vendor_and_currency(self):
        """A draft successor is no free contract that procurement signs alone."""
        foreign = self.env.ref("base.EUR") + self.env.ref("base.USD")
        for vals, text in (
            ({"partner_id": self.other_vendor.id}, "keeps vendor"),
            (
                {"currency_id": (foreign - self.company.currency_id)[:1].id},
                "keeps vendor and currency",
            ),
        ):
            successor = self._renew()
            successor.write({"direct_reason": "Because", **vals})
            successor.request_validation()
            self._pass_reviews(successor, self.manager_user, self.finance_user)
            for user in (self.procurement_user, self.manager_user):
                with self.subTest(vals=vals), self.assertRefused(text):
                    successor.with_user(user).action_send_to_sign()

    @freeze_time("2026-12-05 09:00:00")
    def test_renewal_beyond_what_was_foreseen_is_reviewed(self):
        for foreseen, vals, text in (
            (1, {"amount_total": 5000000}, "Contract Amount"),
            (1, {"date_end": "2035-12-31"}, "Date End"),
            (1, {"date_start": "2026-06-01"}, "Date Start"),
            (1, {"date_end": "2027-01-31"}, "Contract Amount"),
            (1, {"renewals_foreseen": 9}, "Renewals Foreseen"),
            (1, {"term": "auto_renew"}, "Term"),
            (0, {}, "Renewal Number"),
        ):
            with self.subTest(vals=vals):
                successor = self._renew(renewals_foreseen=foreseen)
                successor.write(vals)
                for user in (self.procurement_user, self.manager_user):
                    mine = successor.with_user(user)
                    for route in (
                        mine.action_send_to_sign,
                        mine.sudo().action_send_to_sign,
                        lambda mine=mine: mine.write({"state": "to_sign"}),
                    ):
                        with self.assertRefused(f"foresees(?s:.*){text}"):
                            route()
                with self.assertRefused("Reason without Tender"):
                    successor.request_validation()
                successor.direct_reason = "Only vendor with the licence"
                self._send_to_sign(successor)
                self.assertEqual(
                    successor.review_ids.sorted("sequence").done_by,
                    self.manager_user | self.finance_user,
                )

    def test_nobody_expires_a_contract_by_hand(self):
        contract = self._create_year()
        with freeze_time("2026-06-01 09:00:00"):
            with self.assertRefused("dates decide"):
                contract.with_user(self.procurement_user).state = "expiring"

    def _mails_to_owner(self):
        """Return what the owner was mailed of contracts that begin to expire."""
        self.env.flush_all()
        mails = self.env["mail.mail"].sudo().search([])
        return mails.filtered(
            lambda mail: (
                self.officer_user.partner_id in mail.recipient_ids
                and "assigned to you" in (mail.subject or "")
                and "Expires soon" in mail.body_html
            )
        )

    def test_few_reminders_are_mailed_one_by_one(self):
        contracts = self._create_year() | self._create_year()
        self._run("2026-11-17 08:00:00")
        mails = self._mails_to_owner()
        self.assertEqual(len(mails), 2)
        self.assertEqual(
            set(mails.mapped("res_id")), set(contracts.ids), "each on its contract"
        )

    def test_many_reminders_are_one_mail(self):
        self.env.company.email = "office@company.test"
        contracts = self._create_year()
        for _number in range(MANY):
            contracts |= self._create_year()
        self._run("2026-11-17 08:00:00")
        due = contracts.activity_ids.filtered(
            lambda activity: activity.summary.startswith("Expires soon")
        )
        self.assertEqual(len(due), MANY + 1)
        self.assertEqual(due.user_id, self.officer_user)
        [mail] = self._mails_to_owner()
        self.assertIn(str(MANY + 1), mail.subject)
        self.assertIn("office@company.test", mail.email_from)
        for contract in contracts:
            self.assertIn(contract.display_name, mail.body_html)
            link = f"/mail/view?model=outsourcing.contract&amp;res_id={contract.id}"
            self.assertIn(link, mail.body_html)
        self._run("2026-11-17 09:00:00")
        self.assertEqual(self._mails_to_owner(), mail, "a second run tells nothing")

    def test_one_bad_record_stops_nothing(self):
        contracts = self._create_year() | self._create_year() | self._create_year()
        bad = contracts[1]
        follow = type(bad)._follow_calendar

        def fail_on_one(records):
            if bad in records:
                raise ValueError("broken record")
            return follow(records)

        with (
            patch.object(type(bad), "_follow_calendar", fail_on_one),
            mute_logger(
                "odoo.addons.outsourcing_mgmt.models.contract.outsourcing_contract_calendar"
            ),
        ):
            self._run("2026-12-02 08:00:00")
        self.assertEqual(contracts.mapped("state"), ["expiring", "active", "expiring"])
        self._run("2026-12-02 09:00:00")
        self.assertEqual(set(contracts.mapped("state")), {"expiring"})
