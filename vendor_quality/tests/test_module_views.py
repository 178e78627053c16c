from lxml import etree

from odoo.tests import TransactionCase, tagged

MODULES = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
SHOWN_BY = {
    "integer": ("integer",),
    "many2one_reference_integer": ("many2one_reference",),
    "monetary": ("monetary", "float"),
}
"""``{widget: types of fields it can show}``; the web client fails on others."""


@tagged("post_install", "-at_install")
class TestViews(TransactionCase):
    def test_widgets_fit_their_fields(self):
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.view"), ("module", "in", MODULES)]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).exists()
        wrong = []
        for view in views.filtered("model"):
            fields = self.env[view.model]._fields
            for node in etree.fromstring(view.arch).iter("field"):
                field = fields.get(node.get("name"))
                types = SHOWN_BY.get(node.get("widget"))
                # A line of a list inside a form belongs to another model.
                if field and types and node.getparent().tag not in ("list", "kanban"):
                    if field.type not in types:
                        wrong.append((view.xml_id, field.name, node.get("widget")))
        self.assertFalse(wrong)
