import base64
from io import BytesIO

from PIL import Image

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, QualityCommon


def make_photo():
    """Return a small picture as a field takes it."""
    stream = BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInspectionParts(QualityCommon):
    """vendor.quality.inspection.line and .plan.line: the checklist."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan()
        cls.plan.line_ids[1].photo_required = True
        cls.plan.action_generate()
        cls.round = cls.plan.inspection_ids.sorted("date_due")[0]
        cls.Line = cls.env["vendor.quality.inspection.line"]
        cls.PlanLine = cls.env["vendor.quality.inspection.plan.line"]

    def _mine(self, records):
        return records.with_user(self.inspector_user)

    # ------------------------------------------------------------
    # PLAN
    # ------------------------------------------------------------

    def test_round_copies_the_checklist_of_its_plan(self):
        self.assertRecordValues(
            self.round.line_ids,
            [
                {"name": "Floors", "photo_required": False, "is_planned": True},
                {"name": "Windows", "photo_required": True, "is_planned": True},
            ],
        )
        self.plan.line_ids[0].name = "Floors and stairs"
        self.assertEqual(self.round.line_ids[0].name, "Floors", "planned as it was")

    def test_officers_write_the_checklist_of_a_plan(self):
        values = {"plan_id": self.plan.id, "name": "Lifts"}
        for user in (self.inspector_user, self.auditor_user):
            with self.assertRaises(AccessError):
                self.PlanLine.with_user(user).create(values)
            with self.assertRaises(AccessError):
                self.plan.line_ids.with_user(user).unlink()
            self.assertEqual(
                self.plan.line_ids.with_user(user).mapped("name"), ["Floors", "Windows"]
            )
        with self.assertRaises(AccessError):
            self.PlanLine.with_user(self.plain_user).search_count([])
        line = self.PlanLine.with_user(self.officer_user).create(values)
        self.assertEqual(line.company_id, self.company)

    def test_other_company_sees_no_checklist(self):
        company = self.env["res.company"].create({"name": "Abroad"})
        stranger = self._new_user(
            "officer_abroad",
            "vendor_quality.group_quality_officer",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for records in (self.plan.line_ids, self.round.line_ids):
            with self.assertRaises(AccessError):
                records.with_user(stranger).read(["name"])

    # ------------------------------------------------------------
    # ROUND
    # ------------------------------------------------------------

    def test_one_tap_answers(self):
        floors, windows = self._mine(self.round.line_ids)
        floors.action_pass()
        windows.action_fail()
        self.assertEqual((floors.result, windows.result), ("pass", "fail"))
        self.assertRecordValues(
            self.round, [{"pass_count": 1, "fail_count": 1, "pass_rate": 50}]
        )
        windows.action_not_applicable()
        self.assertRecordValues(
            self.round, [{"pass_count": 1, "fail_count": 0, "pass_rate": 100}]
        )

    def test_photo_is_asked_for_where_the_plan_says(self):
        floors, windows = self._mine(self.round.line_ids)
        self._mine(self.round).action_pass_all()
        with self.assertRaisesRegex(UserError, "take the photo.*Windows"):
            self._mine(self.round).action_done()
        windows.photo = make_photo()
        self._mine(self.round).action_done()
        self.assertEqual(self.round.state, "done")
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self.Line._name),
                ("res_id", "=", windows.id),
                ("res_field", "=", "photo"),
            ]
        )
        self.assertTrue(attachment, "kept as a file, not in the table")
        self.assertFalse(floors.photo)

    def test_planned_items_are_answered_not_changed(self):
        line = self._mine(self.round.line_ids)[0]
        for attacker in (line, line.sudo(), line.with_context(outsourcing_flow_key=1)):
            for values in (
                {"name": "Nothing"},
                {"photo_required": True},
                {"is_planned": False},
                {"inspection_id": self.round.id},
            ):
                with self.assertRaises(AccessError, msg=values):
                    attacker.write(values)
            with self.assertRaises(AccessError):
                attacker.unlink()
        with self.assertRaises(AccessError):
            self._mine(self.Line).create(
                {
                    "inspection_id": self.round.id,
                    "name": "Forged",
                    "is_planned": True,
                }
            )

    def test_no_default_makes_an_item_planned(self):
        Line = self._mine(self.Line)
        values = {"inspection_id": self.round.id, "name": "Forged"}
        with self.assertRaises(AccessError):
            Line.with_context(default_is_planned=True).create(values)
        self.env["ir.default"].with_user(self.inspector_user).set(
            Line._name, "is_planned", True, user_id=True
        )
        with self.assertRaises(AccessError):
            Line.create(values)

    def test_own_item_may_be_added_and_removed(self):
        extra = self._mine(self.Line).create(
            {"inspection_id": self.round.id, "name": "Lift", "result": "fail"}
        )
        self.assertFalse(extra.is_planned)
        self.assertEqual(self.round.fail_count, 1)
        extra.unlink()
        self.assertEqual(self.round.fail_count, 0)

    def test_items_of_others_are_not_seen(self):
        with self.assertRaises(AccessError):
            self.round.line_ids.with_user(
                self._new_user("third", "vendor_quality.group_quality_inspector")
            ).read(["result"])
        self.assertTrue(
            self.round.line_ids.with_user(self.other_inspector_user).mapped("name"),
            "the verifier sees what he verifies",
        )

    def test_who_makes_or_verifies_a_round_is_another(self):
        """What waits for whoever was it before goes to whoever is it now."""
        third = self._new_user("third", "vendor_quality.group_quality_inspector")
        activity = self.round.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.inspector_user.id
        )
        self.round.inspector_id = third
        self.assertEqual(activity.user_id, third)
        self.round.inspector_id = self.inspector_user
        self._mine(self.round.line_ids[1]).photo = make_photo()
        self._mine(self.round).action_pass_all()
        self._mine(self.round).action_done()
        [verify] = self.round.sudo().activity_ids
        self.assertEqual(verify.user_id, self.other_inspector_user)
        self.plan.verifier_id = third
        self.assertEqual(verify.user_id, third)

    def test_items_of_a_done_round_are_fixed(self):
        floors, windows = self._mine(self.round.line_ids)
        windows.photo = make_photo()
        self._mine(self.round).action_pass_all()
        self._mine(self.round).action_done()
        for line in (floors, floors.sudo()):
            for method in ("action_pass", "action_fail", "action_not_applicable"):
                with self.assertRaises(UserError, msg=method):
                    getattr(line, method)()
            with self.assertRaises(UserError):
                line.write({"photo": False, "note": "No"})
        with self.assertRaises(UserError):
            self.Line.create({"inspection_id": self.round.id, "name": "Late"})
