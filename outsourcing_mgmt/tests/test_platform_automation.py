from odoo.tests import tagged

from .common import IncentiveCommon, TenderCommon
from .fake_automation import ACTS, SEEN, Automating

MODULE = "outsourcing_mgmt"


@tagged("post_install", "-at_install")
class TestTenderAutomation(Automating, TenderCommon):
    """Rules on documents run in the middle of every step, which goes on."""

    def _go_through(self, code=None, trigger=None):
        if code:
            # What a member scores is written by the member alone.
            self._automate_documents(MODULE, code, trigger, {"outsourcing.score"})
        states = [tender.state for tender in self._walk_states()]
        self.env.flush_all()
        self.assertEqual(
            states,
            [
                *("draft", "published", "closed", "opened", "evaluation"),
                *("price_opened", "award_proposed", "standstill", "awarded"),
                *("contracted", "failed", "cancelled"),
            ],
        )
        log = self.env["outsourcing.audit.log"]
        for tender in self.env["outsourcing.tender"].search([]):
            self.assertTrue(log.verify(tender._name, tender.id)["valid"])

    def test_a_field(self):
        self._go_through(SEEN, "on_create_or_write")

    def test_a_field_of_rows(self):
        """On what only the server writes, and on lines of frozen documents."""
        models = [
            *("outsourcing.bid.line", "outsourcing.opening.record"),
            *("outsourcing.tender.line", "outsourcing.award.line"),
        ]
        self._add_field(models)
        for name in models:
            self._automate(name, SEEN)
        self._go_through()
        for name in models:
            self.assertTrue(all(self.env[name].search([]).mapped("x_seen")), name)

    def test_a_message(self):
        self._go_through(ACTS["message"], "on_create_or_write")

    def test_an_activity_and_a_follower(self):
        self._go_through(f"{ACTS['activity']}\n{ACTS['follower']}", "on_state_set")

    def test_webhook(self):
        self._send_webhooks(
            "outsourcing.tender", "outsourcing.bid", "outsourcing.award"
        )
        self._go_through()

    def test_after_some_time(self):
        tender = self._create_closed()
        self._automate_in_time(tender._name, "create_date", ACTS["message"])
        self.assertIn("Seen", "".join(tender.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestContractAutomation(Automating, IncentiveCommon):
    """As above, for contracts and what hangs on them."""

    def _go_through(self, code, trigger):
        self._automate_documents(MODULE, code, trigger)
        contract = self._create_signed()
        contract.with_user(self.hr_user).action_file("HR-1")
        contract.with_user(self.procurement_user).action_activate()
        self.assertEqual(contract.state, "active")
        self._apply(self._create_reward())
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        self.env.flush_all()
        self.assertEqual(contract.state, "terminated")
        log = self.env["outsourcing.audit.log"]
        self.assertTrue(log.verify(contract._name, contract.id)["valid"])

    def test_a_field(self):
        self._go_through(SEEN, "on_create_or_write")

    def test_a_message(self):
        self._go_through(ACTS["message"], "on_create_or_write")

    def test_an_activity_and_a_follower(self):
        self._go_through(f"{ACTS['activity']}\n{ACTS['follower']}", "on_state_set")

    def test_cancelled_as_it_is_made(self):
        """A contract that a rule gives up is given up, and nothing else happens."""
        code = "if record.state == 'draft': record.action_cancel()"
        self._automate("outsourcing.contract", code)
        contract = self._create_contract()
        self.assertEqual(contract.state, "cancelled")
