from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.base.grants import server_write
from .attack_calls import ForeignVerbs
from .common import GROUPS, SIGNED_COPY, IncentiveCommon, TenderCommon


class SecondTaking:
    """Takes a verb once more."""

    def _assert_taken_once(self, verb, record, user, *args, fields=()):
        """Take the verb once more, with other words; nothing changes."""
        name = verb.rpartition(".")[2]
        record.invalidate_recordset()
        before = record.sudo().read(fields)
        with self.subTest(verb=verb), self.assertRaises(UserError):
            getattr(record.with_user(user), name)(*args)
        record.invalidate_recordset()
        self.assertEqual(record.sudo().read(fields), before)


@tagged("post_install", "-at_install")
class TestVerbsOfTender(SecondTaking, ForeignVerbs, TenderCommon):
    """Verbs are taken once, whatever is said with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.published = cls._create_published()

    def test_nobody_replaces_the_step(self):
        """The one step that refuses a second taking is that of the mixin."""
        mixin = self.registry["outsourcing.flow.mixin"]
        for name, cls in self.registry.items():
            if issubclass(cls, mixin) and not cls._abstract:
                with self.subTest(model=name):
                    self.assertEqual(cls._take_step, mixin._take_step)

    def test_verbs_that_enter_a_state(self):
        request = self._create_request()
        request.action_submit()
        request.with_user(self.hr_user).action_refuse("No budget")
        with self.assertRaisesRegex(UserError, "already"):
            request.with_user(self.other_hr_user).action_refuse("Another reason")
        self.assertEqual(request.refusal_reason, "No budget")

    def test_declaration_of_a_member(self):
        member = self.published.sudo().committee_ids[0].sudo(False)
        member.with_user(member.sudo().user_id).action_declare(note="None")
        self._assert_taken_once(
            "outsourcing.committee.member.action_declare",
            member,
            member.sudo().user_id,
            fields=["conflict_state", "conflict_note", "declared_date"],
        )
        # What comes to light later is declared, too; once.
        user = member.sudo().user_id
        member.with_user(user).action_declare(True, "I know the owner")
        self._assert_taken_once(
            "outsourcing.committee.member.action_declare",
            member,
            user,
            True,
            "His brother, too",
            fields=["conflict_state", "conflict_note", "declared_date"],
        )

    def test_explanation_of_points(self):
        tender = self._create_evaluation()
        for person, points in zip(self.members, (80, 80, 20), strict=True):
            scores = self._get_scores(tender, person)
            for score in scores:
                score.verdict = score.kind == "pass_fail" and "pass"
                score.value = points if score.kind == "scored" else 0
            scores.action_submit()
        score = scores.filtered("is_outlier")[:1]
        score.action_explain("No plan for weekends")
        self._assert_taken_once(
            "outsourcing.score.action_explain",
            score,
            score.user_id,
            "On second thought",
            fields=["explanation", "explained_date"],
        )

    def test_presence_and_guarantee(self):
        self.procedure.bid_guarantee_percent = 2
        tender = self._create_tender(bid_guarantee_amount=2000)
        self._sign_off(tender)
        tender.action_publish()
        tender = self._create_closed(tender=tender)
        member = tender.sudo().committee_ids[0].sudo(False)
        user = member.sudo().user_id
        with freeze_time(self.opening):
            member.with_user(user).action_attend()
            self._assert_taken_once(
                "outsourcing.committee.member.action_attend",
                member,
                user,
                fields=["attended_at"],
            )
            self._open_bids(tender)
        bid = self._get_bid(tender, 0).sudo(False)
        bid.with_user(self.procurement_user).action_receive_guarantee(
            "BG-1", SIGNED_COPY
        )
        self._assert_taken_once(
            "outsourcing.bid.action_receive_guarantee",
            bid,
            self.procurement_user,
            "BG-2",
            SIGNED_COPY,
            fields=["guarantee_reference", "guarantee_received_on"],
        )
        other = self._get_bid(tender, 1).sudo(False).with_user(self.procurement_user)
        other.action_receive_guarantee("BG-3", SIGNED_COPY)
        with freeze_time(self.opening):
            other.action_call_guarantee("Walked away")
        self._assert_taken_once(
            "outsourcing.bid.action_call_guarantee",
            other,
            self.manager_user,
            "Once more",
            fields=[
                "guarantee_called_on",
                "guarantee_called_by_id",
                "guarantee_call_amount",
                "guarantee_call_reason",
            ],
        )
        tender.action_fail(reason="The need is gone")
        bid.with_user(self.procurement_user).action_release_guarantee()
        self._assert_taken_once(
            "outsourcing.bid.action_release_guarantee",
            bid,
            self.procurement_user,
            fields=["guarantee_released_on"],
        )

    def test_sign_off_of_an_addendum(self):
        tender = self.published
        addendum = (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": tender.id,
                    "subject": "One more",
                    "price_statement": "The rates hold for each unit.",
                    "change_ids": [
                        Command.create(
                            {"line_id": tender.line_ids[0].id, "product_qty": 13}
                        )
                    ],
                }
            )
        )
        addendum.with_user(self.officer_user).action_sign_off()
        self._assert_taken_once(
            "outsourcing.tender.addendum.action_sign_off",
            addendum,
            self.other_officer_user,
            fields=["signed_off_by_id", "signed_off_at"],
        )

    def test_exception_for_few_bids(self):
        tender = self.published
        self._declare(tender)
        self._bid(tender, 0, 90000.0)
        with freeze_time(self.deadline):
            tender.action_close()
        mine = tender.with_user(self.manager_user)
        for reason in ("", "  ", False, ["x"]):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                mine.action_accept_few_bids(reason)
        mine.action_accept_few_bids("Only one sells it")
        self._assert_taken_once(
            "outsourcing.tender.action_accept_few_bids",
            tender,
            self.manager_user,
            "Another reason",
            fields=["few_bids_reason", "few_bids_user_id", "few_bids_date"],
        )

    def test_order_and_repeat(self):
        award = self._create_final()
        tender = award.tender_id.with_user(self.procurement_user)
        tender.action_confirm_order()
        self._assert_taken_once(
            "outsourcing.tender.action_confirm_order",
            tender,
            self.procurement_user,
            fields=["state", "purchase_order_ids"],
        )
        failed = self._create_closed()
        failed.action_fail(reason="No bid is good enough")
        failed.action_retender()
        self._assert_taken_once(
            "outsourcing.tender.action_retender",
            failed,
            self.procurement_user,
            fields=["next_tender_ids"],
        )

    def test_person_of_a_bidder(self):
        bid = self._bid(self.published, 0, 90000.0)
        self.vendor_users[0].password = "typed by somebody"
        person = self.env["outsourcing.bid.person"].search(
            [("bid_id", "=", bid.id), ("state", "=", "requested")]
        )
        person.with_user(self.procurement_user).action_confirm()
        self._assert_taken_once(
            "outsourcing.bid.person.action_confirm",
            person,
            self.procurement_user,
            fields=["state", "procurement_by_id", "procurement_at"],
        )

    def test_reader_of_a_price(self):
        self.plain_user.group_ids = [Command.link(self.env.ref(GROUPS["finance"]).id)]
        reader = self.env["outsourcing.price.reader"].search(
            [("user_id", "=", self.plain_user.id)]
        )
        reader.with_user(self.hr_user).action_confirm()
        self._assert_taken_once(
            "outsourcing.price.reader.action_confirm",
            reader,
            self.hr_user,
            fields=["state", "hr_by_id", "hr_at"],
        )

    def test_odd_arguments(self):
        user = self._new_user("all", ",".join([*GROUPS.values(), "base.group_system"]))
        called = set()
        for tender in self._walk_states():
            if tender.state in ("published", "closed", "award_proposed", "standstill"):
                called |= self._call_all_verbs_oddly(user, "outsourcing_mgmt")
        self.assertIn("outsourcing.award.action_annul", called)
        self.assertIn("outsourcing.committee.member.action_declare", called)


@tagged("post_install", "-at_install")
class TestVerbsOfContract(SecondTaking, ForeignVerbs, IncentiveCommon):
    """Verbs are taken once, whatever is said with them."""

    def test_filing(self):
        contract = self._create_signed().with_user(self.hr_user)
        for reference in ("", " ", None, [1]):
            with self.subTest(reference=reference), self.assertRaises(UserError):
                contract.action_file(reference)
        contract.action_file("HR-1")
        self._assert_taken_once(
            "outsourcing.contract.action_file",
            contract,
            self.other_hr_user,
            "HR-2",
            fields=["filing_reference", "filed_date", "filing_received_by_id"],
        )

    def test_person_of_an_event(self):
        event = self._create_event(user=self.plain_user)
        server_write(event.sudo(), {"employee_id": False, "user_id": False})
        event.with_user(self.hr_user).action_name_person(
            self.procurement_employee.id, "Signed it"
        )
        self._assert_taken_once(
            "outsourcing.compliance.event.action_name_person",
            event,
            self.other_hr_user,
            self.plain_employee.id,
            "No, he did",
            fields=["employee_id", "named_by_id", "named_reason"],
        )

    def _create_guarantee(self, contract):
        return (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "issuer": "First Bank",
                    "amount": 100,
                    "date_expiry": contract.date_end - timedelta(days=1),
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                }
            )
        )

    def test_shorter_guarantee(self):
        guarantee = self._create_guarantee(self._create_contract())
        guarantee.action_hold()
        guarantee.with_user(self.manager_user).action_accept_shorter("Paid by month")
        self._assert_taken_once(
            "outsourcing.contract.guarantee.action_accept_shorter",
            guarantee,
            self.manager_user,
            "Another reason",
            fields=["shorter_reason", "shorter_accepted_by_id", "shorter_accepted_end"],
        )

    def test_answer_of_the_person(self):
        incentive = self._submit(self._create_reward()).with_user(self.plain_user)
        for statement in ("", " ", None, {"x": 1}):
            with self.subTest(statement=statement), self.assertRaises(UserError):
                incentive.action_answer(statement)
        incentive.action_answer("Thank you")
        self._assert_taken_once(
            "outsourcing.incentive.action_answer",
            incentive,
            self.plain_user,
            "On second thought",
            fields=["statement", "heard_date"],
        )

    def test_odd_arguments(self):
        user = self._new_user("all", ",".join([*GROUPS.values(), "base.group_system"]))
        self._create_guarantee(self._create_contract()).action_hold()
        self._create_signed()
        self._submit(self._create_reward())
        self._create_event()
        called = self._call_all_verbs_oddly(user, "outsourcing_mgmt")
        self.assertIn("outsourcing.contract.action_sign", called)
        self.assertIn("outsourcing.contract.guarantee.action_call", called)
        self.assertIn("outsourcing.incentive.action_answer", called)

    def test_none_and_several(self):
        user = self._new_user("many", ",".join([*GROUPS.values(), "base.group_system"]))
        for _number in range(2):
            self._create_guarantee(self._create_contract()).action_hold()
            self._create_signed()
            self._submit(self._create_reward())
        called = self._call_verbs_on_many(user, "outsourcing_mgmt")
        self.assertIn("outsourcing.award.action_create_contract", called)
        self.assertIn("outsourcing.incentive.validate_tier", called)

    def test_public_methods_are_verbs(self):
        found = self._find_public_helpers("outsourcing_mgmt")
        # A method of an add-on that ours refuse, whether it is installed or not.
        found = {name for name in found if not name.endswith(".forward_tier")}
        # Contract with the outside: whoever reads a document checks its chain. The
        # page with which the app opens asks for its counts and lists.
        self.assertEqual(
            found,
            {
                "outsourcing.audit.log.verify",
                "outsourcing.request.get_start_list",
                "outsourcing.request.get_start_page",
                "outsourcing.tender.get_evaluation_bundle",
            },
        )

    def test_chain_is_checked_by_readers(self):
        contract = self._create_active()
        log = self.env["outsourcing.audit.log"].with_user(self.plain_user)
        with self.assertRaises(AccessError):
            log.verify("outsourcing.contract", contract.id)
