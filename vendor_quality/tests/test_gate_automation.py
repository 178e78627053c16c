from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.fake_automation import ACTS, SEEN, Automating

from .common import TODAY, GateCommon, QualityCommon

CODES = {
    "field": (SEEN, "on_create_or_write"),
    "message": (ACTS["message"], "on_create_or_write"),
    "others": (f"{ACTS['activity']}\n{ACTS['follower']}", "on_state_set"),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormAutomation(Automating, QualityCommon):
    """Rules on documents run in the middle of every step, which goes on."""

    def _go_through(self, name):
        self._automate_documents("vendor_quality", *CODES[name])
        self._create_plan().action_generate()
        self._create_round("2026-02-10", ["pass", "pass"])
        form = self._create_approved_form()
        self.env.flush_all()
        self.assertEqual(form.state, "approved")
        log = self.env["outsourcing.audit.log"]
        self.assertTrue(log.verify(form._name, form.id)["valid"])

    def test_a_field(self):
        self._go_through("field")

    def test_a_message(self):
        self._go_through("message")

    def test_an_activity_and_a_follower(self):
        self._go_through("others")


@tagged("post_install", "-at_install")
class TestGateAutomation(Automating, GateCommon):
    """A rule on bills opens no gate, and breaks none."""

    def test_posting(self):
        self._new_form()
        codes = (*ACTS.values(), "if not record.ref: record.write({'ref': 'Seen'})")
        for code in codes:
            for trigger in ("on_create_or_write", "on_state_set"):
                with self.subTest(code=code, trigger=trigger):
                    rule = self._automate("account.move", code, trigger)
                    bill = self._new_posted_bill(10.0)
                    self.assertEqual(bill.state, "posted")
                    self._assert_proof()
                    rule.active = False

    def test_a_blocked_bill_stays_blocked(self):
        """A rule that posts does not do what the gate refuses."""
        code = "if record.state == 'draft' and record.line_ids: record.action_post()"
        self._automate("account.move", code)
        with self._refused():
            self._new_bill()
