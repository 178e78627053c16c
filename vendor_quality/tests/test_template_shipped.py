from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, QualityCommon

SHIPPED = ("it_service", "cleaning", "guards", "staffing")
BY_HAND = {
    "it_service": [],
    "cleaning": ["attendance"],
    "guards": ["attendance", "contract_duties"],
    "staffing": ["attendance", "contract_duties"],
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShippedTemplates(QualityCommon):
    """From the installation to the first collected form without any set-up."""

    def _new_form(self, name):
        """Do in the form view what an officer does: contract, save."""
        template = self.env.ref(f"vendor_quality.template_{name}")
        contract = self._create_contract(vendor_quality_template_id=template.id)
        with Form(
            self.env["vendor.quality.form"].with_user(self.officer_user)
        ) as screen:
            screen.contract_id = contract
            self.assertEqual(screen.template_id, template)
        return screen.record

    def test_first_form_is_two_steps(self):
        for name in SHIPPED:
            with self.subTest(name):
                form = self._new_form(name)
                self.assertEqual((form.date_start.month, form.date_end.month), (2, 2))
                form.action_collect()
                self.assertEqual(form.state, "collected")
                self.assertEqual(form.fee_amount, 10000, "the month's share")
                by_hand = form.line_ids.filtered(lambda line: line.source == "manual")
                self.assertEqual(sorted(by_hand.mapped("code")), BY_HAND[name])

    def test_form_says_what_to_enter(self):
        form = self._new_form("guards")
        self.assertEqual(
            form.entry_hint, "Staff present as agreed and Contract duties fulfilled"
        )
        self._enter(form, "attendance", 98)
        self.assertEqual(form.entry_hint, "Contract duties fulfilled")
        form.action_collect()
        self.assertTrue(form.entry_hint)
        self._enter(form, "contract_duties", 98)
        self.assertFalse(form.entry_hint)
        self.assertFalse(self._new_form("it_service").entry_hint)

    def test_without_data_no_vendor_is_rated(self):
        """Neither full points nor none: what was not measured is said."""
        form = self._new_form("it_service")
        form.action_collect()
        self.assertFalse(form.is_rated)
        self.assertEqual(form.coverage, 10, "findings alone: none is a value")
        self.assertEqual(
            [line.counted for line in form.line_ids if line.counted], ["0 / 1"]
        )

    def test_rounds_and_entered_values_give_the_score(self):
        """The numbers of the shipped metrics, done by hand.

        Inspections 19/20 = 95 % -> 90; presence 98 % -> 90; no finding -> 100;
        duties 80 % -> 60.
        """
        scores = {
            "cleaning": (60 * 90 + 25 * 90 + 15 * 100) / 100,
            "guards": (40 * 90 + 40 * 90 + 10 * 100 + 10 * 60) / 100,
            "staffing": (45 * 90 + 25 * 60 + 20 * 90 + 10 * 100) / 100,
        }
        for name, score in scores.items():
            with self.subTest(name):
                form = self._new_form(name)
                self._create_round(
                    "2026-02-10", ["pass"] * 19 + ["fail"], contract=form.contract_id
                )
                for code, value in (("attendance", 98), ("contract_duties", 80)):
                    if code in BY_HAND[name]:
                        self._enter(form, code, value)
                form.action_collect()
                self.assertEqual(form.score, score)
                self.assertEqual(form.coverage, 100)

    def test_every_metric_says_what_it_counts(self):
        metrics = self.env["vendor.quality.metric"].search(
            [("id", "in", self._get_shipped_metrics())]
        )
        self.assertEqual(len(metrics), 13)
        for metric in metrics:
            self.assertTrue(metric.description, metric.code)
            self.assertFalse(metric._get_cannot_use_reason(), metric.code)
            self.assertIn("<polyline", metric.anchor_preview)

    def _get_shipped_metrics(self):
        return (
            self.env["ir.model.data"]
            .search(
                [
                    ("module", "=", "vendor_quality"),
                    ("model", "=", "vendor.quality.metric"),
                ]
            )
            .mapped("res_id")
        )
