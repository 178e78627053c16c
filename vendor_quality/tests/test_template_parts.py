from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..tools import scoring
from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTemplateParts(QualityCommon):
    """vendor.quality.template.band and .deduction: what a score leads to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls._create_template([(cls.metric_rounds, 10000)], code="parts")
        cls.parts = {
            "vendor.quality.template.band": {"grade": "X", "lower_bound": 30},
            "vendor.quality.template.deduction": {"lower_bound": 30, "rate": 15},
        }

    def _refused_by_database(self, model, **values):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env[model].create(
                {"template_id": self.draft.id, **self.parts[model], **values}
            )
            self.env.flush_all()

    def test_only_managers_write(self):
        for model, values in self.parts.items():
            values = {"template_id": self.draft.id, **values}
            for user in (self.officer_user, self.finance_user, self.auditor_user):
                with self.assertRaises(AccessError, msg=(model, user.login)):
                    self.env[model].with_user(user).create(values)
                self.assertTrue(
                    self.env[model].with_user(user).search_count([]), "but they read"
                )
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.plain_user).search_count([])
            part = self.env[model].with_user(self.manager_user).create(values)
            self.assertEqual(part.lower_bound, 30)

    def test_ranges(self):
        band, deduction = self.parts
        for bound in (-0.01, 100.01):
            self._refused_by_database(band, lower_bound=bound)
            self._refused_by_database(deduction, lower_bound=bound)
        for rate in (-1, 101):
            self._refused_by_database(deduction, rate=rate)
        self._refused_by_database(band, lower_bound=90)
        self._refused_by_database(band, grade="A")
        self._refused_by_database(deduction, lower_bound=60)

    def test_parts_in_force_are_fixed_on_every_route(self):
        """Also when a part is created, moved in, or moved away."""
        for model, values in self.parts.items():
            lines = {
                "vendor.quality.template.band": "band_ids",
                "vendor.quality.template.deduction": "deduction_ids",
            }[model]
            free = self.draft[lines][0].with_user(self.manager_user)
            fixed = self.template[lines][0].with_user(self.manager_user)
            count = len(self.template[lines])
            for part in (fixed, fixed.sudo()):
                for name in values:
                    with self.assertRaises(UserError, msg=(model, name)):
                        part.write({name: values[name]})
                with self.assertRaises(UserError):
                    part.write({"template_id": self.draft.id})
                with self.assertRaises(UserError):
                    part.unlink()
                with self.assertRaises(UserError):
                    part.create({"template_id": self.template.id, **values})
            with self.assertRaises(UserError):
                free.write({"template_id": self.template.id, **values})
            self.assertEqual(len(self.template[lines]), count)

    def test_editing_a_part_makes_an_editor(self):
        """The one who changed a grade does not put the version in force."""
        self.draft.with_user(self.other_manager_user).band_ids[0].blocks_order = True
        self.assertEqual(self.draft.content_editor_id, self.other_manager_user)
        with self.assertRaises(UserError):
            self.draft.with_user(self.other_manager_user).action_activate()

    def test_grades_and_rates_meet_at_the_bound(self):
        rules = self.template._get_rules()
        bounds = [bound for bound, _grade in rules["bands"]]
        rates = [
            (
                score,
                rules["bands"][scoring.find_band(score, bounds)][1],
                float(scoring.get_rate(score, rules["deductions"])),
            )
            for score in (0, 59.99, 60, 89.99, 90, 100)
        ]
        self.assertEqual(
            rates,
            [
                (0, "C", 20),
                (59.99, "C", 20),
                (60, "B", 10),
                (89.99, "B", 10),
                (90, "A", 0),
                (100, "A", 0),
            ],
        )
