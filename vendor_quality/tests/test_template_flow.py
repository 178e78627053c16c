from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..tools import scoring
from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTemplate(QualityCommon):
    def _draft(self, weights=None, **values):
        return self._create_template(
            weights or [(self.metric_rounds, 10000)],
            **{"code": "draft_test", **values},
        )

    def _refused(self, template, text):
        with self.assertRaises(UserError) as caught:
            template.with_user(self.other_manager_user).action_activate()
        self.assertIn(text, str(caught.exception))
        self.assertEqual(template.state, "draft")

    def test_two_persons_put_it_in_force(self):
        template = self._draft()
        with self.assertRaisesRegex(UserError, "wrote or last edited"):
            template.action_activate()
        with self.assertRaises(UserError):
            template.with_user(self.officer_user).sudo().action_activate()
        template.with_user(self.other_manager_user).threshold = 70
        with self.assertRaises(UserError):
            template.with_user(self.other_manager_user).action_activate()
        third = self._new_user("manager3", "vendor_quality.group_quality_manager")
        template.with_user(third).action_activate()
        self.assertRecordValues(
            template, [{"state": "active", "activated_by_id": third.id}]
        )

    def test_editing_a_line_makes_an_editor(self):
        template = self._draft()
        template.with_user(self.other_manager_user).line_ids[0].sequence = 5
        with self.assertRaises(UserError):
            template.with_user(self.other_manager_user).action_activate()

    def test_incomplete_templates_are_named(self):
        self._refused(self._draft([(self.metric_rounds, 9999)], code="a"), "99.99 %")
        self._refused(self._draft(code="b", band_ids=[]), "do not cover")
        self._refused(
            self._draft(
                code="c",
                band_ids=[Command.create({"grade": "A", "lower_bound": 10})],
            ),
            "do not cover",
        )
        self._refused(
            self._draft(
                code="d",
                deduction_ids=[
                    Command.create({"lower_bound": 0, "rate": 5}),
                    Command.create({"lower_bound": 50, "rate": 10}),
                ],
            ),
            "better score",
        )
        empty = self._create_metric("empty", anchors=())
        self._refused(self._draft([(empty, 10000)], code="e"), "two anchors")
        formula = self._create_metric("sum", source="formula", formula="rounds + nope")
        self._refused(
            self._draft([(self.metric_rounds, 5000), (formula, 5000)], code="f"),
            "nope",
        )

    def test_version_in_force_never_changes(self):
        template = self.template.with_user(self.manager_user)
        for record in (template, template.sudo()):
            for values in (
                {"threshold": 10},
                {"line_ids": [Command.clear()]},
                {"gate_at": "post"},
                {"not_rated_policy": "pay"},
                {"state": "draft"},
            ):
                with self.assertRaises(UserError, msg=values):
                    record.write(values)
            for line in (
                record.line_ids[0],
                record.band_ids[0],
                record.deduction_ids[0],
            ):
                with self.assertRaises(UserError):
                    line.unlink()
            with self.assertRaises(UserError):
                record.line_ids[0].weight_bp = 1
            with self.assertRaises(UserError):
                record.band_ids[0].lower_bound = 1
            with self.assertRaises(UserError):
                record.unlink()
        with self.assertRaises(UserError):
            self.env["vendor.quality.template.line"].create(
                {
                    "template_id": template.id,
                    "metric_id": self._create_metric("x").id,
                    "weight_bp": 1,
                }
            )

    def test_line_cannot_be_moved_to_a_version_in_force(self):
        draft = self._draft([(self._create_metric("y"), 10000)])
        with self.assertRaises(UserError):
            draft.line_ids.template_id = self.template

    def test_metric_in_force_never_changes(self):
        metric = self.metric_rounds.with_user(self.manager_user)
        for record in (metric, metric.sudo()):
            for values in (
                {"min_sample": 9},
                {"missing_policy": "exclude"},
                {"anchor_ids": [Command.clear()]},
                {"source": "manual"},
                {"is_critical": True},
            ):
                with self.assertRaises(UserError, msg=values):
                    record.write(values)
            with self.assertRaises(UserError):
                record.anchor_ids[0].points = 50
            with self.assertRaises(UserError):
                record.anchor_ids[0].unlink()
        metric.name = "Rounds on site"
        copy = metric.copy()
        self.assertEqual(copy.code, "rounds_2")
        self.assertEqual(len(copy.anchor_ids), 2)
        copy.min_sample = 9

    def test_new_version_counts_from_its_day(self):
        action = self.template.with_user(self.manager_user).action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        self.assertRecordValues(
            new,
            [
                {
                    "version": 2,
                    "code": self.template.code,
                    "name": self.template.name,
                    "date_from": date(2026, 4, 1),
                    "previous_id": self.template.id,
                    "state": "draft",
                    "content_editor_id": self.manager_user.id,
                }
            ],
        )
        self.assertEqual(new.line_ids.mapped("weight_bp"), [6000, 4000])
        with self.assertRaisesRegex(UserError, "still a draft"):
            self.template.with_user(self.manager_user).action_new_version()
        new.with_user(self.manager_user).threshold = 50
        test = self.env["vendor.quality.backtest"].create({"template_id": new.id})
        test.with_user(self.manager_user).action_run()
        new.with_user(self.other_manager_user).action_activate()
        self.assertEqual(self.template.state, "retired")
        self.assertEqual(
            self.template._get_version_for(date(2026, 3, 1)), self.template
        )
        self.assertEqual(self.template._get_version_for(date(2026, 4, 1)), new)
        march = self._create_form(date_start="2026-03-01", date_end="2026-03-31")
        self.assertEqual(march.template_id, self.template)
        april = self._create_form(date_start="2026-04-01", date_end="2026-04-30")
        self.assertEqual(april.template_id, new)

    def test_new_version_keeps_its_names(self):
        """The next version is called in every language as the one before."""
        self.env["res.lang"]._activate_lang("zh_CN")
        server_write(self.template.with_context(lang="zh_CN"), {"name": "保洁"})
        action = self.template.with_user(self.manager_user).action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        self.assertEqual(new.with_context(lang="zh_CN").name, "保洁")
        self.assertEqual(new.name, self.template.name)

    def test_category_follows_the_version_in_force(self):
        """A category names a template; its contracts get the version of the day."""
        category = self.env["outsourcing.category"].create(
            {
                "name": "Reception",
                "code": "RECEPTION",
                "vendor_quality_template_id": self.template.id,
            }
        )
        action = self.template.with_user(self.manager_user).action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        contract = self.env["outsourcing.contract"].new({"category_id": category.id})
        self.assertEqual(contract.vendor_quality_template_id, self.template)
        test = self.env["vendor.quality.backtest"].create({"template_id": new.id})
        test.with_user(self.manager_user).action_run()
        new.with_user(self.other_manager_user).action_activate()
        contract = self.env["outsourcing.contract"].new({"category_id": category.id})
        self.assertEqual(contract.vendor_quality_template_id, new)

    def test_new_version_is_never_back_dated(self):
        """A lower threshold must not reach periods that have begun."""
        action = self.template.with_user(self.manager_user).action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        for day in (False, "2026-02-01", "2026-03-01"):
            with self.assertRaises(ValidationError, msg=day):
                new.with_user(self.manager_user).date_from = day

    def test_template_of_contracts_is_not_retired(self):
        with self.assertRaisesRegex(UserError, "contracts"):
            self.template.with_user(self.manager_user).action_retire()
        free = self._draft()
        free.with_user(self.other_manager_user).action_activate()
        free.action_retire()
        self.assertEqual(free.state, "retired")

    def test_who_writes_templates(self):
        for user in (self.officer_user, self.finance_user, self.auditor_user):
            self.assertTrue(self.template.with_user(user).name)
            with self.assertRaises(AccessError):
                self._create_template([], user=user, code="no")
        with self.assertRaises(AccessError):
            self.template.with_user(self.plain_user).read(["name"])

    def test_created_in_force_is_refused(self):
        with self.assertRaises(UserError):
            self._draft(state="active")
        template = (
            self.env["vendor.quality.template"]
            .with_user(self.manager_user)
            .with_context(default_state="active", default_activated_by_id=1)
            .create(self._prepare_template([], code="ctx"))
        )
        self.assertRecordValues(
            template, [{"state": "draft", "activated_by_id": False}]
        )

    def test_weights_in_percent(self):
        template = self._draft()
        template.line_ids.weight = 33.33
        self.assertEqual(template.line_ids.weight_bp, 3333)
        self.assertEqual(template.weight_total, 33.33)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            template.line_ids.weight_bp = 0
            self.env.flush_all()

    def test_every_score_has_one_band(self):
        bands = self.template._get_rules()["bands"]
        for score, grade in (
            (0, "C"),
            (59.99, "C"),
            (60, "B"),
            (89.99, "B"),
            (100, "A"),
        ):
            at = scoring.find_band(score, [bound for bound, _grade in bands])
            self.assertEqual(bands[at][1], grade)


@tagged("post_install", "-at_install")
class TestMetric(QualityCommon):
    def test_direction(self):
        self.assertEqual(self.metric_rounds.direction, "higher")
        lower = self._create_metric("late", anchors=((0, 100), (5, 0)))
        self.assertEqual(lower.direction, "lower")
        target = self._create_metric("temp", anchors=((18, 0), (21, 100), (24, 0)))
        self.assertEqual(target.direction, "target")
        self.assertFalse(self._create_metric("none", anchors=()).direction)

    def test_bad_codes(self):
        for code in ("Upper", "with space", "1st", "a.b", "__import__('os')", "é"):
            with self.assertRaises(ValidationError, msg=code):
                self._create_metric(code)

    def test_formulas_are_checked_when_saved(self):
        for text in (
            "",
            "rounds.unlink()",
            "__import__('os')",
            "rounds ** 99",
            "rounds[0]",
            "lambda: 1",
        ):
            with self.assertRaises(ValidationError, msg=text):
                self._create_metric("f", source="formula", formula=text)
        with self.assertRaises(ValidationError):
            self._create_metric("own", source="formula", formula="own + 1")
        self._create_metric("one", source="formula", formula="rounds / 2")
        with self.assertRaisesRegex(ValidationError, "another formula"):
            self._create_metric("two", source="formula", formula="one + 1")

    def test_used_metric_is_kept(self):
        with self.assertRaises(UserError):
            self.metric_rounds.unlink()

    def test_shipped_templates_work_without_set_up(self):
        for name in ("it_service", "cleaning", "guards", "staffing"):
            template = self.env.ref(f"vendor_quality.template_{name}")
            self.assertEqual(template.state, "active", name)
            self.assertFalse(template._get_incomplete_reason())
            self.assertFalse(template.company_id)
