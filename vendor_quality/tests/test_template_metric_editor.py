from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..tools import preview
from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMetricEditor(QualityCommon):
    """What an officer sees of a metric before a template uses it."""

    # ------------------------------------------------------------
    # TRIAL
    # ------------------------------------------------------------

    def _try(self, metric, user=None):
        action = metric.with_user(user or self.officer_user).action_try()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_trial_shows_value_points_and_events(self):
        self._create_round("2026-02-10", ["pass"] * 9 + ["fail"])
        trial = self._try(self.metric_rounds)
        self.assertEqual(trial.measured_count, 1)
        february, january = trial.line_ids
        self.assertRecordValues(
            february,
            [
                {
                    "contract_id": self.contract.id,
                    "date_start": date(2026, 2, 1),
                    "counted": "9 / 10",
                    "sample": 10,
                    "evidence_count": 1,
                    "value": 90,
                    "points": 50,
                    "outcome": "Measured",
                }
            ],
        )
        self.assertRecordValues(
            january,
            [{"date_start": date(2026, 1, 1), "is_measured": False, "sample": 0}],
        )
        self.assertEqual(january.outcome, "No data")

    def test_trial_says_why_no_points_can_come(self):
        metric = self._create_metric("bare", anchors=(), source="inspection")
        self.assertIn("two anchors", self._try(metric).problem)
        metric = self._create_metric("sum", source="formula", formula="roundz + 1")
        self.assertIn("roundz", self._try(metric).problem)
        self.assertFalse(self._try(self.metric_rounds).problem)

    def test_unit_follows_the_source(self):
        with Form(self.env["vendor.quality.metric"]) as form:
            form.name, form.code = "Rating", "own_rating"
            form.source = "ticket_rating"
            self.assertEqual(form.unit, "rating")
            form.source = "finding"
            self.assertEqual(form.unit, "count")
            form.source = "inspection"
            self.assertEqual(form.unit, "percent")
            form.unit = "points"
        self.assertEqual(form.record.unit, "points", "a proposal only")

    def test_trial_equals_the_collection(self):
        self._create_round("2026-02-10", ["pass"] * 7 + ["fail"] * 2)
        line = self._create_collected_form().line_ids.filtered(
            lambda item: item.metric_id == self.metric_rounds
        )
        shown = self._try(self.metric_rounds).line_ids[0]
        self.assertAlmostEqual(shown.points, line.points, 2)
        self.assertEqual(shown.sample, line.sample)

    def test_trial_of_a_small_sample(self):
        metric = self._create_metric("few", source="inspection", min_sample=3)
        self._create_round("2026-02-10", ["pass", "fail"])
        february = self._try(metric).line_ids[0]
        self.assertFalse(february.is_measured)
        self.assertEqual(february.outcome, "Too few: 2 of 3")

    def test_trial_of_entered_values(self):
        self._enter(self._create_form(), "presence", 95)
        february = self._try(self.metric_presence).line_ids[0]
        self.assertRecordValues(february, [{"value": 95, "points": 75}])

    def test_trial_of_a_formula(self):
        self._create_round("2026-02-10", ["pass"])
        self._enter(self._create_form(), "presence", 90)
        metric = self._create_metric(
            "both", source="formula", formula="(rounds + presence) / 2"
        )
        february, january = self._try(metric).line_ids
        self.assertRecordValues(
            february, [{"value": 95, "points": 75, "is_measured": True}]
        )
        self.assertEqual(january.outcome, "A value of the formula is missing")

    def test_trial_changes_nothing_and_is_for_officers(self):
        self._create_round("2026-02-10", ["pass"])
        forms = self.env["vendor.quality.form"].search_count([])
        trial = self._try(self.metric_rounds)
        self.assertEqual(self.env["vendor.quality.form"].search_count([]), forms)
        with self.assertRaises(AccessError):
            self._try(self.metric_rounds, self.inspector_user)
        with self.assertRaises(AccessError):
            trial.line_ids.with_user(self.other_officer_user).read(["points"])

    def test_trial_stays_in_the_company(self):
        company = self.env["res.company"].create({"name": "Abroad"})
        stranger = self._new_user(
            "officer_abroad",
            "vendor_quality.group_quality_officer",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self._try(self.metric_rounds, stranger).line_ids)

    # ------------------------------------------------------------
    # PREVIEW
    # ------------------------------------------------------------

    def test_examples_between_the_anchors(self):
        self.assertEqual(
            preview.get_examples([(80, 0), (90, 60), (100, 100)]),
            [
                (80, 0, True),
                (85, 30, False),
                (90, 60, True),
                (95, 80, False),
                (100, 100, True),
            ],
        )

    def test_chart_is_flat_outside(self):
        chart = preview.get_chart([(0, 100), (8, 0)])
        points = [item.split(",") for item in chart["line"].split()]
        self.assertEqual(points[0][1], points[1][1], "flat before the first anchor")
        self.assertEqual(points[-1][1], points[-2][1], "flat after the last anchor")
        self.assertEqual((points[1][1], points[2][1]), ("0.0", "120.0"))

    def test_preview_follows_the_editor(self):
        with Form(self.env["vendor.quality.metric"].with_user(self.manager_user)) as ui:
            ui.name = "Late tickets"
            ui.code = "late"
            ui.unit = "count"
            self.assertIn("needs at least two anchors", ui.anchor_preview)
            for value, points in ((0, 100), (4, 0)):
                with ui.anchor_ids.new() as anchor:
                    anchor.value, anchor.points = value, points
            self.assertIn("<polyline", ui.anchor_preview)
            self.assertIn("50", ui.anchor_preview)
            self.assertEqual(ui.direction, "lower")

    def test_missing_data_in_words(self):
        metric = self._create_metric("words", source="ticket_sla", min_sample=3)
        self.assertIn("With fewer than 3 events", metric.missing_hint)
        self.assertIn("left out", metric.missing_hint)
        metric.missing_policy = "zero"
        self.assertIn("0 points", metric.missing_hint)
        metric.write({"missing_policy": "carry", "carry_days": 31})
        self.assertIn("31 days", metric.missing_hint)
        self.assertIn("nobody entered", self.metric_presence.missing_hint)

    # ------------------------------------------------------------
    # FORMULAS
    # ------------------------------------------------------------

    def test_formula_hint_names_the_part(self):
        for text, words in (
            ("", "enter a formula"),
            ("rounds +", "ends too early"),
            ("rounds ) + 1", 'cannot be read from ") + 1"'),
            ("rounds ** 2", '"rounds ** 2" is not allowed'),
            ("sqrt(rounds)", '"sqrt(rounds)" is not allowed'),
            ("max(rounds)", 'wrong number of values in "max(...)"'),
            ("round + presence", 'Did you mean "rounds"?'),
            ("zzz", '"zzz" is not the code of a measured metric'),
        ):
            with self.subTest(text):
                metric = self.env["vendor.quality.metric"].new(
                    {
                        "name": "Formula",
                        "code": "f",
                        "source": "formula",
                        "formula": text,
                    }
                )
                self.assertIn(words, metric.formula_hint)
        fine = self._create_metric("fine", source="formula", formula="rounds / 2")
        self.assertFalse(fine.formula_hint)
        self.assertFalse(self.metric_rounds.formula_hint)

    def test_bad_formula_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "Use codes of metrics, numbers"):
            self._create_metric("bad", source="formula", formula="rounds.unlink()")


@tagged("post_install", "-at_install")
class TestMetricAnchor(QualityCommon):
    """vendor.quality.metric.anchor: who writes it, and when it is fixed."""

    def test_managers_write_anchors_of_free_metrics(self):
        metric = self._create_metric("free")
        Anchor = self.env["vendor.quality.metric.anchor"]
        values = {"metric_id": metric.id, "value": 90, "points": 60}
        for user in (self.officer_user, self.finance_user, self.inspector_user):
            with self.assertRaises(AccessError):
                Anchor.with_user(user).create(values)
            self.assertEqual(len(metric.anchor_ids.with_user(user).mapped("points")), 2)
        Anchor.with_user(self.manager_user).create(values)
        self.assertEqual(
            [(item.value, item.points) for item in metric.anchor_ids.sorted("value")],
            [(80, 0), (90, 60), (100, 100)],
        )

    def test_anchors_of_a_metric_in_force_are_fixed(self):
        Anchor = self.env["vendor.quality.metric.anchor"].with_user(self.manager_user)
        values = {"metric_id": self.metric_rounds.id, "value": 90, "points": 10}
        free = self._create_metric("other").anchor_ids[0].with_user(self.manager_user)
        for caller in (Anchor, Anchor.sudo()):
            with self.assertRaises(UserError) as caught:
                caller.create(values)
            self.assertIn("in force", str(caught.exception))
        with self.assertRaises(UserError):
            free.write({"metric_id": self.metric_rounds.id, "value": 70})
        self.assertEqual(len(self.metric_rounds.anchor_ids), 2)
