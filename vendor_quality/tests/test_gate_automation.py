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

    def _go_through(self, name=None):
        if name:
            self._automate_documents("vendor_quality", *CODES[name])
        self._create_plan().action_generate()
        self._create_round("2026-02-10", ["pass", "pass"])
        form = self._create_approved_form()
        self.env.flush_all()
        self.assertEqual(form.state, "approved")
        log = self.env["outsourcing.audit.log"]
        self.assertTrue(log.verify(form._name, form.id)["valid"])
        return form

    def test_a_field(self):
        self._go_through("field")

    def test_a_message(self):
        self._go_through("message")

    def test_an_activity_and_a_follower(self):
        self._go_through("others")

    def test_webhook(self):
        self._send_webhooks(
            "vendor.quality.form", "vendor.quality.inspection", "outsourcing.contract"
        )
        self._go_through()

    def test_after_some_time(self):
        form = self._go_through()
        before = form.activity_ids
        self._automate_in_time(form._name, "date_end", ACTS["activity"])
        self.assertEqual(len(form.activity_ids - before), 1)

    def test_rows_of_the_server(self):
        """A field of an administrator on them proves nothing, and is free."""
        models = [
            *("vendor.quality.standing", "vendor.quality.form.line"),
            *("vendor.quality.inspection.line", "outsourcing.audit.log"),
        ]
        self._add_field(models)
        for name in models:
            self._automate(name, SEEN)
        form = self._go_through()
        standing = self.env["vendor.quality.standing"].search(
            [("contract_id", "=", form.contract_id.id)]
        )
        self.assertEqual(standing.form_id, form)
        self.assertTrue(standing.x_seen)

    def test_an_approved_form_is_not_bent(self):
        """What an administrator's rule writes as the server is refused as well."""
        form = self._go_through()
        standing = self.env["vendor.quality.standing"].search([], limit=1)
        lines = form.line_ids.read(["points", "manual_value", "weight"])
        figures = form.read(["score", "grade", "state", "evidence_hash", "fee_amount"])
        self._assert_refused_to_rules(
            form,
            "record.line_ids.write({'manual_value': 100})",
            "record.line_ids.write({'points': 100})",
            "record.line_ids.write({'weight': 1})",
            "record.line_ids.unlink()",
            "record.line_ids[:1].copy({'form_id': record.id})",
            "record.write({'line_ids': [(5,)]})",
            "record.write({'score': 100})",
            "record.write({'grade': 'A'})",
            "record.write({'fee_amount': 1})",
            "record.write({'evidence_hash': 'x'})",
            "record.write({'state': 'draft'})",
            "record.write({'approved_by_id': 2})",
            "record._take_step('draft')",
            "record.unlink()",
        )
        self._assert_refused_to_rules(
            standing, "record.write({'blocks_order': True})", "record.unlink()"
        )
        rounds = self.env["vendor.quality.inspection"].search([("state", "=", "done")])
        self.assertTrue(rounds)
        self._assert_refused_to_rules(
            rounds,
            "records.write({'state': 'planned'})",
            "records.line_ids.write({'result': 'fail'})",
            "records.unlink()",
        )
        self.assertEqual(
            form.line_ids.read(["points", "manual_value", "weight"]), lines
        )
        self.assertEqual(
            form.read(["score", "grade", "state", "evidence_hash", "fee_amount"]),
            figures,
        )


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

    def test_holds(self):
        """Rules on holds: they are placed and released as without them."""
        self._add_field(["vendor.quality.hold"])
        for code in (SEEN, *ACTS.values()):
            with self.subTest(code=code):
                rule = self._automate("vendor.quality.hold", code)
                bill = self._new_bill()
                self._refresh_holds()
                hold = self.env["vendor.quality.hold"].search(
                    [("move_id", "=", bill.id), ("state", "=", "active")]
                )
                self.assertEqual(len(hold), 1)
                rule.active = False
                hold.invalidate_recordset()
                self._assert_refused_to_rules(
                    hold,
                    "record.write({'state': 'released'})",
                    "record.write({'rule': 'other'})",
                    "record.unlink()",
                    "record.copy()",
                )
        form = self._new_form()
        self.assertEqual(form.state, "approved")
        self._refresh_holds()
        self.assertFalse(
            self.env["vendor.quality.hold"].search(
                [("move_id", "=", bill.id), ("state", "=", "active")]
            )
        )

    def test_webhook(self):
        self._send_webhooks("vendor.quality.hold", "account.move")
        self._new_bill()
        self._refresh_holds()
        self._new_form()
        self.assertEqual(self._new_posted_bill(10.0).state, "posted")
        self._assert_proof()
