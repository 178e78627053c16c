import json

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_open

from .common import TODAY
from .test_insight_ranking import ReportCommon

FOLDER = "vendor_quality/data/files"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDashboard(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref(
            "vendor_quality.spreadsheet_dashboard_vendor_quality"
        )
        with file_open(f"{FOLDER}/vendor_quality_dashboard.json") as file:
            cls.content = json.load(file)

    def _charts(self):
        return [
            figure["data"]
            for sheet in self.content["sheets"]
            for figure in sheet["figures"]
            if figure["data"]["type"].startswith("odoo_")
        ]

    def _sources(self):
        """Yield ``(model, domain, fields, filters)`` of all that reads records."""
        for pivot in self.content["pivots"].values():
            names = [item["fieldName"] for item in pivot["rows"] + pivot["columns"]]
            names += [item["fieldName"] for item in pivot["measures"]]
            yield pivot["model"], pivot["domain"], names, pivot["fieldMatching"]
        for sheet_list in self.content["lists"].values():
            names = sheet_list["columns"] + [
                item["name"] for item in sheet_list["orderBy"]
            ]
            yield (
                sheet_list["model"],
                sheet_list["domain"],
                names,
                sheet_list["fieldMatching"],
            )
        for chart in self._charts():
            meta = chart["metaData"]
            names = [name.partition(":")[0] for name in meta["groupBy"]]
            yield (
                meta["resModel"],
                chart["searchParams"]["domain"],
                [*names, meta["measure"]],
                chart["fieldMatching"],
            )

    def test_what_it_reads_exists(self):
        filters = {item["id"]: item for item in self.content["globalFilters"]}
        for model, domain, names, matching in self._sources():
            with self.subTest(model=model):
                known = self.env[model]._fields.keys() | {"__count"}
                self.assertLessEqual(set(names), known)
                self.env[model].search(domain, limit=1)
                for key, match in matching.items():
                    field = self.env[model]._fields[match["chain"]]
                    self.assertEqual(field.type, match["type"])
                    if filters[key]["type"] == "relation":
                        self.assertEqual(field.comodel_name, filters[key]["modelName"])

    def test_its_readers_may_read_all_of_it(self):
        for user in (self.manager_user, self.finance_user, self.auditor_user):
            for model, _domain, _names, _matching in self._sources():
                with self.subTest(user=user.login, model=model):
                    self.env[model].with_user(user).search([], limit=1)

    def test_charts_open_menus(self):
        menus = self.content["chartOdooMenusReferences"]
        for name in menus.values():
            self.assertEqual(self.env.ref(name)._name, "ir.ui.menu")
        ids = {
            figure["id"]
            for sheet in self.content["sheets"]
            for figure in sheet["figures"]
        }
        self.assertEqual(set(menus), ids)

    def test_heatmap_is_coloured(self):
        rules = [
            item["rule"]["type"]
            for item in self.content["sheets"][0]["conditionalFormats"]
        ]
        self.assertIn("ColorScaleRule", rules)

    def test_who_sees_it(self):
        for user in (self.manager_user, self.finance_user, self.auditor_user):
            self.assertEqual(self.dashboard.with_user(user).name, "Vendor Quality")
        for user in (self.inspector_user, self.officer_user, self.plain_user):
            with self.assertRaises(AccessError):
                self.dashboard.with_user(user).read(["name"])

    def test_sample_stands_in_for_no_data(self):
        dashboard = self.dashboard.with_user(self.manager_user)
        sample = dashboard._get_sample_dashboard()
        cells = json.dumps(sample["sheets"])
        self.assertNotIn("PIVOT(", cells)
        self.assertNotIn("ODOO.LIST", cells)
        self.assertNotIn("odoo_", cells, "no chart that reads records")
        if not self.env["vendor.quality.trend"].search_count([]):
            self.assertTrue(dashboard._dashboard_is_empty())
        self._new_form("2026-01", 80)
        self.env.flush_all()
        self.assertFalse(dashboard._dashboard_is_empty())
