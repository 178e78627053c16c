from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTemplates(TenderCommon):
    """The mails of the module can be saved again once there are documents."""

    def test_templates_are_saved_where_there_are_documents(self):
        self._create_notified()
        rows = self.env["ir.model.data"].search(
            [("model", "=", "mail.template"), ("module", "=", "outsourcing_mgmt")]
        )
        templates = self.env["mail.template"].browse(rows.mapped("res_id"))
        self.assertGreater(len(templates), 10)
        for template in templates:
            with self.subTest(template.name):
                # what an update of the module does
                template.write({"subject": template.subject})
                template._check_can_be_rendered()
