from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.base.grants import server_write
from .fake_registry import FakeModelsCommon

STEPS = {
    "draft": (),
    "submitted": ("submitted",),
    "approved": ("submitted", "approved"),
    "refused": ("submitted", "refused"),
    "done": ("submitted", "approved", "done"),
    "cancelled": ("cancelled",),
}
STATES = tuple(STEPS)


@tagged("post_install", "-at_install")
class TestFlowMixin(FakeModelsCommon):
    def _document(self, state="draft", **values):
        """Create a document and take the steps that lead to ``state``."""
        document = self._create_document(submitted=False, **values)
        for step in STEPS[state]:
            reason = document.reason or (step == "refused" and "no money")
            document.with_user(self.manager).write({"state": step, "reason": reason})
        return document

    def test_undeclared_transitions_are_refused(self):
        transitions = self.env["outsourcing.fake.document"]._flow_transitions
        for origin in STATES:
            for target in STATES:
                if target == origin or target in transitions[origin]:
                    continue
                document = self._document(origin)
                with self.subTest(origin=origin, target=target):
                    with self.assertRaises(UserError):
                        document.sudo().write({"state": target, "reason": "x"})
                    self.assertEqual(document.state, origin)

    def test_declared_transition_runs_the_hook(self):
        document = self._document()
        document.write({"state": "submitted"})
        self.assertEqual(document.entered, "submitted")
        document.write({"state": "refused", "reason": "no money"})
        self.assertRecordValues(
            document, [{"state": "refused", "entered": "refused", "reason": "no money"}]
        )

    def test_step_taken_twice_is_refused(self):
        document = self._document("refused", reason="first")
        for vals in ({"state": "refused"}, {"state": "refused", "reason": "second"}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "already"):
                document.write(vals)
        self.assertEqual(document.reason, "first")

    def test_texts_of_a_step_are_texts(self):
        document = self._document("submitted").with_user(self.manager)
        for reason in ({"x": 1}, ["x"], 7, True, "\0", " \0 "):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                document._take_step("refused", reason=reason)
        document._take_step("refused", reason="no\0 money ")
        self.assertEqual(document.reason, "no money")

    def test_same_state_is_no_transition(self):
        document = self._document("done")
        document.entered = "not again"
        document.write({"state": "done", "name": "Renamed"})
        self.assertEqual(document.name, "Renamed")
        self.assertEqual(document.entered, "not again")

    def test_required_field(self):
        document = self._document("submitted")
        with self.assertRaisesRegex(UserError, "Reason"):
            document.write({"state": "refused"})
        with self.assertRaisesRegex(UserError, "Reason"):
            document.write({"state": "refused", "reason": False})

    def test_guard_gives_its_reason(self):
        document = self._document("approved", amount=0)
        self.assertFalse(document.can_finish)
        with self.assertRaisesRegex(UserError, "the amount is missing"):
            document.write({"state": "done"})

    def test_guard_names_only_blocked_records(self):
        blocked = self._document("approved", amount=0, name="Blocked")
        free = self._document("approved", amount=1, name="Free")
        self.assertTrue(free.can_finish)
        with self.assertRaises(UserError) as refusal:
            (blocked | free).write({"state": "done"})
        self.assertIn("Blocked", str(refusal.exception))
        self.assertNotIn("Free", str(refusal.exception))

    def test_can_follows_the_state(self):
        self.assertFalse(self._document("draft").can_refuse)
        self.assertTrue(self._document("submitted").can_refuse)

    def test_no_record_starts_beyond_the_first_state(self):
        Document = self.env["outsourcing.fake.document"].with_user(self.author)
        for state in STATES[1:]:
            with self.subTest(state=state), self.assertRaises(UserError):
                Document.create({"state": state})
            with self.subTest(state=state, sudo=True), self.assertRaises(UserError):
                Document.sudo().create({"state": state})
            self.assertEqual(
                Document.with_context(default_state=state).create({}).state, "draft"
            )
        self.assertEqual(self._document("done").copy().state, "draft")

    def test_import_obeys(self):
        result = (
            self.env["outsourcing.fake.document"]
            .with_user(self.author)
            .load(["name", "state"], [["Imported", "Approved"]])
        )
        self.assertFalse(result["ids"])

    def test_system_fields(self):
        document = self._document()
        with self.assertRaises(AccessError):
            document.write({"done_by_id": self.author.id})
        with self.assertRaises(AccessError):
            document.sudo().write({"done_by_id": self.author.id})
        with self.assertRaises(AccessError):
            document.create({"done_by_id": self.author.id})
        self.assertFalse(
            document.with_context(default_done_by_id=self.author.id)
            .create({})
            .done_by_id
        )
        # What a remote caller can send in a context is never the key itself.
        for forged in (True, "object", {"key": 1}):
            with self.assertRaises(AccessError):
                document.with_context(outsourcing_flow_key=forged).write(
                    {"done_by_id": self.author.id}
                )
        server_write(document, {"done_by_id": self.author.id})
        self.assertEqual(document.done_by_id, self.author)

    def test_content_is_frozen_after_its_states(self):
        document = self._document("approved")
        with self.assertRaisesRegex(UserError, "Amount"):
            document.write({"amount": 5})
        self.assertEqual(document.amount, 100)

    def test_lines_are_content(self):
        document = self._document("draft")
        line = self.env["outsourcing.fake.line"].create(
            {"document_id": document.id, "name": "a"}
        )
        for step in STEPS["approved"]:
            document.with_user(self.manager).write({"state": step})
        with self.assertRaises(UserError):
            line.write({"name": "b"})
        with self.assertRaises(UserError):
            line.unlink()
        with self.assertRaises(UserError):
            line.create({"document_id": document.id})
        free = line.create({"name": "elsewhere"})
        with self.assertRaises(UserError):
            free.write({"document_id": document.id})

    def test_delete_only_in_the_first_state(self):
        self._document("draft").unlink()
        for state in STATES[1:]:
            with self.subTest(state=state), self.assertRaises(UserError):
                self._document(state).unlink()
