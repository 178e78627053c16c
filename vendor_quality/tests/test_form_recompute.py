import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from odoo.addons.outsourcing_mgmt.tools import sealing

from ..tools import recompute, replay

SCRIPT = Path(recompute.__file__)


def make_rules(**values):
    return {
        "anchors": [[80.0, 0.0], [100.0, 100.0]],
        "missing_policy": "exclude",
        "neutral_points": 0.0,
        "min_sample": 1,
        "critical_minimum": None,
        "scale": 100,
        "formula": None,
        **values,
    }


def make_line(code, weight, numerator, denominator, **values):
    return {
        "code": code,
        "weight": weight,
        "rules": make_rules(),
        "numerator": numerator,
        "denominator": denominator,
        "sample": denominator,
        "carried": None,
        "disputed": False,
        "awarded": None,
        "evidence": {"model": "itsm.ticket", "ids": [1, 2]},
        **values,
    }


def make_document(**values):
    document = {
        "format": replay.FORMAT,
        "form": "QF/2026/00001",
        "fee": "10000.00",
        "rounding": "0.01",
        "template": {
            "min_coverage": 60.0,
            "critical_cap": 59.0,
            "bands": [[0, "D"], [60, "C"], [75, "B"], [90, "A"]],
            "deductions": [[0, 20], [60, 10], [75, 5], [90, 0]],
        },
        "lines": [
            make_line("response", 6000, 19, 20),
            make_line("resolution", 4000, 18, 20),
        ],
        **values,
    }
    document["result"] = replay.compute(document)[0]
    return document


def make_money_document():
    """10 % by the score, a credit of 30 % of 2,000, a fine, and 5 % retained."""
    return make_document(
        format=replay.MONEY_FORMAT,
        money={
            "rules": {
                "at_risk_rate": 20.0,
                "annual_cap_rate": 10.0,
                "late_fine_rate": 0.5,
                "late_fine_cap": 5.0,
                "retention_rate": 5.0,
                "retention_release": "days",
                "retention_days": 30,
                "credits": [
                    {
                        "code": "resolution",
                        "below": 60.0,
                        "allocation": 30.0,
                        "repeat_factor": 1.5,
                        "group": "",
                    }
                ],
            },
            "facts": {
                "repeated": [],
                "milestones": [
                    {"key": "7", "name": "Go live", "amount": "8000.00", "days": 3}
                ],
                "year": {
                    "date_start": "2026-01-01",
                    "fee": None,
                    "months": "1",
                    "lost": "0.00",
                },
            },
            "waivers": {},
        },
    )


class TestReplay(BaseCase):
    def test_worked_numbers(self):
        """95 % -> 75, 90 % -> 50; 0.6 x 75 + 0.4 x 50 = 65 -> C, 10 % off."""
        result, lines = replay.compute(make_document())
        self.assertEqual([line["points"] for line in lines], ["75", "50"])
        self.assertEqual(result["score"], "65")
        self.assertEqual(result["grade"], "C")
        self.assertEqual(result["deduction"], "1000")
        self.assertEqual(result["payable"], "9000")

    def test_dispute_stays_its_consequence(self):
        """With the disputed line at 100 the score is 85: 5 % instead of 10 %."""
        document = make_document()
        document["lines"][1]["disputed"] = True
        result, _lines = replay.compute(document)
        self.assertEqual(result["score"], "65")
        self.assertEqual(result["stayed_score"], "85")
        self.assertEqual(
            (result["deduction"], result["disputed"], result["payable"]),
            ("500", "500", "9000"),
        )

    def test_documents_of_before_keep_their_hash(self):
        """Forms approved before the money rules were hashed in this form."""
        document = make_document()
        self.assertEqual(
            replay.get_hash(document),
            "a6d8eeb154a28b9c425d8a55f65b9a06ed22de9260d75e83aa9fc97d8cc4433c",
        )
        document["lines"][1]["disputed"] = True
        document["result"] = replay.compute(document)[0]
        self.assertEqual(
            replay.get_hash(document),
            "24be5cb35133189ee962667f85ec7f2fbf94df474bd313255da17e248e1e2246",
        )

    def test_formula_reads_the_other_values(self):
        document = make_document()
        document["lines"].append(
            make_line(
                "worst",
                1000,
                0.0,
                0.0,
                rules=make_rules(formula="min(response, resolution)", scale=1),
            )
        )
        _result, lines = replay.compute(document)
        self.assertEqual((lines[2]["value"], lines[2]["points"]), ("90", "50"))

    def test_not_rated_costs_nothing_by_itself(self):
        document = make_document(lines=[make_line("response", 10000, 0, 0)])
        result, _lines = replay.compute(document)
        self.assertEqual(
            (result["score"], result["grade"], result["deduction"]), (None, None, "0")
        )


class TestRecompute(BaseCase):
    def test_hashed_text_is_that_of_the_suite(self):
        """``recompute.py`` runs without Odoo and cannot import the one function."""
        document = make_document(form="表/1", note="ä")
        self.assertEqual(replay.get_canonical(document), sealing.canonical(document))
        self.assertEqual(
            replay.get_hash(document), sealing.digest(sealing.canonical(document))
        )

    def _export(self, document):
        return {"document": document, "sha256": replay.get_hash(document)}

    def _run(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "form.json"
            path.write_text(text, encoding="utf-8")
            # Isolated: neither the site packages nor this process' paths.
            return subprocess.run(  # noqa: S603
                [sys.executable, "-I", "-S", str(SCRIPT), str(path)],
                capture_output=True,
                text=True,
                check=False,
            )

    def test_script_needs_no_odoo(self):
        done = self._run(json.dumps(self._export(make_document())))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("score                    65", done.stdout)
        self.assertTrue(done.stdout.rstrip().endswith("OK"))

    def test_money_needs_no_odoo(self):
        document = make_money_document()
        self.assertEqual(
            [
                document["result"][name]
                for name in ("deduction", "retention", "payable")
            ],
            ["1720", "414", "7866"],
        )
        done = self._run(json.dumps(self._export(document)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("fine:7", done.stdout)
        document["money"]["facts"]["milestones"][0]["days"] = 4
        problems = recompute.check(self._export(document))
        self.assertIn("deduction: 1760 computed, 1720 stated", problems)

    def test_changed_figure_is_found(self):
        export = self._export(make_document())
        forged = copy.deepcopy(export)
        forged["document"]["lines"][0]["numerator"] = 20
        problems = recompute.check(forged)
        self.assertTrue(problems[0].startswith("hash"))
        self.assertIn("score: 80 computed, 65 stated", problems)
        self.assertEqual(self._run(json.dumps(forged)).returncode, 1)

    def test_changed_result_is_found_even_with_a_new_hash(self):
        document = make_document()
        document["result"]["payable"] = "10000"
        self.assertEqual(
            recompute.check(self._export(document)),
            ["payable: 9000 computed, 10000 stated"],
        )

    def test_bad_file_gives_one_line(self):
        for text in ["", "[]", "{}", '{"document": {}, "sha256": ""}']:
            done = self._run(text)
            self.assertNotEqual(done.returncode, 0, text)
            self.assertNotIn("Traceback", done.stderr)
