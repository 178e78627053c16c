import importlib.util
import json
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import TransactionCase
from odoo.tools import file_open

FILE = "data/files/outsourcing_dashboard.json"
READERS = ("officer", "procurement", "hr", "finance", "manager", "auditor")


@tagged("post_install", "-at_install")
class TestOutsourcingDashboard(TransactionCase):
    """What the dashboard reads exists, and its readers may read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref(
            "outsourcing_mgmt.spreadsheet_dashboard_outsourcing"
        )
        with file_open(f"outsourcing_mgmt/{FILE}") as file:
            cls.content = json.load(file)
        cls.charts = [figure["data"] for figure in cls.content["sheets"][0]["figures"]]

    def test_what_it_reads_exists(self):
        self.assertEqual(len(self.charts), 14)
        for chart in self.charts:
            meta = chart["metaData"]
            model = self.env[meta["resModel"]]
            names = {name.partition(":")[0] for name in meta["groupBy"]}
            with self.subTest(chart=chart["title"]["text"]):
                known = model._fields.keys() | {"__count"}
                self.assertLessEqual(names | {meta["measure"]}, known)
                model.search(chart["searchParams"]["domain"], limit=1)

    def test_it_stays_with_an_upgrade(self):
        """A database of before has it in ``vendor_quality``; it keeps its record."""
        name = self.env["ir.model.data"].search(
            [
                ("model", "=", "spreadsheet.dashboard"),
                ("res_id", "=", self.dashboard.id),
            ]
        )
        name.module = "vendor_quality"
        self.env.flush_all()
        path = Path(__file__).parents[1] / "migrations/19.0.1.8.0/pre-dashboard.py"
        spec = importlib.util.spec_from_file_location("dashboard_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.7.0")
        script.migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(name.module, "outsourcing_mgmt")

    def test_no_currencies_are_added(self):
        for chart in self.charts:
            meta = chart["metaData"]
            model = self.env[meta["resModel"]]
            field = model._fields.get(meta["measure"])
            if field and field.type == "monetary":
                # In the currency of the company; of several there is no sum.
                self.assertTrue(hasattr(model, "_fact_get_expression"))

    def test_readers(self):
        for role in READERS:
            user = new_test_user(
                self.env, f"board_{role}", f"outsourcing_mgmt.group_outsourcing_{role}"
            )
            self.assertEqual(self.dashboard.with_user(user).name, "Outsourcing")
            for chart in self.charts:
                meta = chart["metaData"]
                with self.subTest(role=role, model=meta["resModel"]):
                    self.env[meta["resModel"]].with_user(user)._read_group(
                        chart["searchParams"]["domain"],
                        meta["groupBy"],
                        [self._get_aggregate(meta)],
                    )
        plain = new_test_user(self.env, "board_plain", "base.group_user")
        with self.assertRaises(AccessError):
            self.dashboard.with_user(plain).read(["name"])

    def _get_aggregate(self, meta):
        if meta["measure"] == "__count":
            return "__count"
        field = self.env[meta["resModel"]]._fields[meta["measure"]]
        return f"{field.name}:{field.aggregator}"

    def test_charts_open_menus(self):
        menus = self.content["chartOdooMenusReferences"]
        ids = {figure["id"] for figure in self.content["sheets"][0]["figures"]}
        self.assertEqual(set(menus), ids)
        for name in menus.values():
            self.assertEqual(self.env.ref(name)._name, "ir.ui.menu")
