from lxml import etree

from odoo.tests import TransactionCase, tagged

LETTERS = {
    "integer": 9,
    "float": 11,
    "monetary": 12,
    "date": 11,
    "boolean": 12,
    "datetime": 18,
}
"""Letters of a header that fit into the width which core gives a type of field."""


@tagged("post_install", "-at_install")
class TestLists(TransactionCase):
    """Lists of the three modules, as somebody sees them who opens them first."""

    def _find_views(self, kinds):
        views = self.env["ir.ui.view"].search(
            [("type", "in", kinds), ("inherit_id", "=", False)]
        )
        ours = ("outsourcing_mgmt.", "itsm_desk.", "vendor_quality.")
        return views.filtered(lambda view: (view.xml_id or "").startswith(ours))

    def test_no_money_of_nobody(self):
        """An empty list shows no amounts, which would be in another currency."""
        for view in self._find_views(["list", "kanban", "graph", "pivot"]):
            arch = etree.fromstring(view.arch_db)
            if not arch.get("sample"):
                continue
            fields = self.env[view.model]._fields
            names = {node.get("name") for node in arch.iter("field")}
            money = {
                name for name in names & set(fields) if fields[name].type == "monetary"
            }
            self.assertFalse(money, view.xml_id)

    def test_headers_are_whole(self):
        """A header longer than the column of its type has a width of its own."""
        cut = []
        for view in self._find_views(["list"]):
            fields = self.env[view.model].fields_get()
            for node in etree.fromstring(view.arch_db).findall("field"):
                field = fields.get(node.get("name"))
                if not field or any(
                    node.get(name)
                    for name in ("column_invisible", "width", "nolabel", "widget")
                ):
                    continue
                label = node.get("string") or field["string"]
                if len(label) > LETTERS.get(field["type"], 80):
                    cut.append(f"{view.xml_id}: {node.get('name')} ({label})")
        self.assertFalse(cut)

    def test_documents_begin_with_the_letterhead(self):
        """Every document prints its letterhead in the text, and has no empty head."""
        reports = self.env["ir.actions.report"].search(
            [
                ("report_type", "=", "qweb-pdf"),
                "|",
                ("report_name", "=like", "itsm\\_desk.%"),
                ("report_name", "=like", "vendor\\_quality.%"),
            ]
        )
        self.assertTrue(reports)
        for report in reports:
            with self.subTest(report=report.report_name):
                self.assertLessEqual(report.get_paperformat().margin_top, 15)
