import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.base.grants import server_write
from ..models.contract.vendor_acts import find_handover, sign_handover
from .common import SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
class TestExit(ContractCommon):
    """The handover when a contract ends: started by the server, signed by a person."""

    def _end(self, **values):
        contract = self._create_active(**values)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        return contract, contract.exit_ids.with_user(self.officer_user)

    def _add_worker(self, contract):
        person = self.env["res.partner"].create(
            {"name": "Li Na", "parent_id": self.vendor.id}
        )
        worker = (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "partner_id": person.id,
                    "contract_id": contract.id,
                    "role": "Cleaner",
                }
            )
        )
        worker.action_onboard()
        return worker

    def test_end_of_a_contract_starts_it(self):
        contract = self._create_active()
        worker = self._add_worker(contract)
        self.assertFalse(contract.exit_ids)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids
        self.assertRecordValues(
            leaving,
            [
                {
                    "state": "open",
                    "last_day": self.today,
                    "owner_id": self.officer_user.id,
                    "waiting_count": 5,
                }
            ],
        )
        self.assertEqual(leaving.activity_ids.user_id, self.officer_user)
        point = leaving.line_ids.filtered("worker_id")
        worker.action_leave("The contract has ended")
        self.assertEqual(point.result, "done")

    def test_expiry_starts_it_and_renewal_drops_it(self):
        contract = self._create_active(
            date_end=self._days(40), notice_days=30, renewals_foreseen=1
        )
        with freeze_time(self._days(41)):
            self._run_cron("ir_cron_contract_calendar")
            self.assertEqual(contract.state, "expired")
            self.assertEqual(contract.exit_ids.last_day, contract.date_end)
            contract.with_user(self.procurement_user).action_renew()
        self.assertEqual(contract.exit_ids.state, "dropped")

    def test_what_never_began_has_nothing_to_hand_over(self):
        contract = self._create_signed()
        contract.with_user(self.procurement_user).action_terminate("Not needed")
        self.assertFalse(contract.exit_ids)

    def test_signed_when_each_point_is_settled(self):
        contract, leaving = self._end()
        leaving.handed_over_by = "Wang Wu"
        self._attach(leaving)
        with self.assertRefused("say what became of"):
            leaving.action_sign()
        *others, last = leaving.line_ids
        for line in others:
            line.result = "done"
        self.assertEqual(line.settled_by_id, self.officer_user)
        last.result = "missing"
        with self.assertRefused("what follows"):
            leaving.action_sign()
        last.note = "Charged with the last bill"
        # Who says that something is missing does not confirm it alone.
        with self.assertRefused("somebody else signs"):
            leaving.action_sign()
        leaving.with_user(self.other_officer_user).action_sign()
        self.assertRecordValues(
            leaving,
            [{"state": "signed", "signed_by_id": self.other_officer_user.id}],
        )
        self.assertFalse(leaving.activity_ids)
        steps = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        )
        self.assertIn("handed_over", steps.mapped("verb"))
        for act in (
            lambda: last.write({"result": "done"}),
            lambda: last.unlink(),
            lambda: leaving.write({"handed_over_by": "Somebody"}),
            lambda: leaving.write({"signed_copy": False}),
            lambda: leaving.unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def _attach(self, leaving, content=SIGNED_COPY):
        leaving.write({"signed_copy": content, "signed_copy_name": "handover.pdf"})

    def test_signed_by_the_vendor_too(self):
        """One click of one officer freed the last payment."""
        _contract, leaving = self._end()
        leaving.handed_over_by = "Wang Wu"
        leaving.line_ids.write({"result": "done"})
        with self.assertRefused("the vendor has not signed"):
            leaving.action_sign()
        with self.assertRaises(UserError):
            leaving.write({"state": "signed"})
        for content in (b"", b"MZ no paper", b"<html></html>"):
            with self.assertRaises(UserError):
                self._attach(leaving, base64.b64encode(content).decode())
                leaving.action_sign()
        with self.assertRaises(AccessError):
            leaving.write({"signed_copy_hash": "0" * 64})
        self._attach(leaving)
        leaving.action_sign()
        self.assertEqual(len(leaving.signed_copy_hash), 64)
        row = self.env["outsourcing.audit.log"].search(
            [("verb", "=", "handed_over"), ("part_id", "=", leaving.id)]
        )
        self.assertIn(leaving.signed_copy_hash, str(row.details))

    def test_vendor_signs_the_list_in_the_portal(self):
        signer = new_test_user(self.env, "leaving_signer", "base.group_portal")
        signer.partner_id.parent_id = self.vendor
        rival = new_test_user(self.env, "leaving_rival", "base.group_portal")
        rival.partner_id.parent_id = self.other_vendor
        contract, leaving = self._end()
        leaving.handed_over_by = "Wang Wu"

        def sign(user, digest):
            # sudo: vendors have no rights; their route acts so.
            mine = contract.with_user(user).sudo()
            sign_handover(mine, user.partner_id, "Ann Bright", digest)
            leaving.invalidate_recordset()

        with self.assertRefused("no handover"):
            sign(signer, leaving._get_content_hash())
        leaving.line_ids.write({"result": "done"})
        with self.assertRefused("changed meanwhile"):
            sign(signer, "0" * 64)
        with self.assertRefused("not one of yours"):
            sign(rival, leaving._get_content_hash())
        sign(signer, leaving._get_content_hash())
        leaving.line_ids[0].write({"note": "Only half of it"})
        with self.assertRefused("changed after the vendor signed"):
            leaving.action_sign()
        sign(signer, leaving._get_content_hash())
        leaving.action_sign()
        self.assertRecordValues(
            leaving, [{"state": "signed", "vendor_signed_by": "Ann Bright"}]
        )

    def test_offered_to_who_may_sign(self):
        """Who has joined since is not offered a signature that is refused then."""
        contract, leaving = self._end()
        leaving.line_ids.write({"result": "done"})
        known = new_test_user(self.env, "leaving_known", "base.group_portal")
        known.partner_id.parent_id = self.vendor
        late = new_test_user(self.env, "leaving_late", "base.group_portal")
        late.partner_id.parent_id = self.vendor
        begun = leaving.create_date
        for user, changed in ((known, begun), (late, begun + timedelta(hours=1))):
            # sudo: nobody writes these moments; the contract is from before them.
            moments = {"outsourcing_changed_on": changed, "outsourcing_moved_on": False}
            server_write(user.sudo(), moments)
        mine, theirs = (contract.with_user(user).sudo() for user in (known, late))
        self.assertTrue(find_handover(mine))
        self.assertFalse(find_handover(theirs))
        digest = leaving._get_content_hash()
        with self.assertRefused("cannot sign the handover"):
            sign_handover(theirs, late.partner_id, "Late Comer", digest)
        sign_handover(mine, known.partner_id, "Ann Bright", digest)
        self.assertEqual(leaving.vendor_signed_by, "Ann Bright")

    def test_vendor_that_is_gone(self):
        """A handover that no vendor signs stayed open, and its bill unpaid."""
        _contract, leaving = self._end()
        leaving.line_ids.write({"result": "done"})
        boss = leaving.with_user(self.manager_user)
        with self.assertRefused("has not signed"):
            boss.action_sign()
        with self.assertRaises(UserError):
            leaving.write({"absence_by_id": self.plain_user.id})
        boss.absence_reason = "Insolvent"
        with self.assertRefused("another person, a manager"):
            boss.action_sign()
        leaving.absence_reason = "Insolvent since 3 March, nobody answers"
        self.assertEqual(leaving.absence_by_id, self.officer_user)
        for user in (self.officer_user, self.other_officer_user):
            with self.assertRefused("another person, a manager"):
                leaving.with_user(user).action_sign()
        boss.action_sign()
        self.assertEqual(leaving.signed_by_id, self.manager_user)

    def test_attacks(self):
        contract, leaving = self._end()
        Exit = self.env["outsourcing.contract.exit"]
        for user in (self.officer_user, self.procurement_user, self.hr_user):
            with self.assertRaises(AccessError):
                Exit.with_user(user).create({"contract_id": contract.id})
        for vals in ({"state": "signed"}, {"last_day": self._days(-90)}):
            with self.assertRaises(UserError):
                leaving.write(vals)
        with self.assertRaises(UserError):
            leaving.line_ids[0].write({"settled_by_id": self.manager_user.id})
        for user in (self.procurement_user, self.finance_user, self.plain_user):
            with self.assertRaises(UserError):
                leaving.with_user(user).action_sign()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self._new_user(
            "far",
            "outsourcing_mgmt.group_outsourcing_officer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(leaving.with_user(far)._filtered_access("read"))
        self.assertFalse(leaving.line_ids.with_user(far)._filtered_access("read"))
