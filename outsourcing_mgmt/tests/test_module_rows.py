from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestAttackRows(ContractCommon):
    """Core shows every employee who is told of a document, and who follows it."""

    def test_employee_learns_nothing_of_a_contract(self):
        contract = self._create_active().sudo()
        contract.message_subscribe(self.officer_user.partner_id.ids)
        contract.message_notify(
            body="Penalty", subject="Secret", partner_ids=self.hr_user.partner_id.ids
        )
        follows = [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        told = [
            ("mail_message_id.model", "=", contract._name),
            ("mail_message_id.res_id", "=", contract.id),
        ]
        for name, domain in (("mail.followers", follows), ("mail.notification", told)):
            rows = self.env[name].search(domain)
            with self.subTest(model=name):
                self.assertTrue(rows)
                theirs = rows.with_user(self.plain_user)
                for search in (domain, [("id", "in", rows.ids)]):
                    self.assertFalse(theirs.search(search))
                with self.assertRaises(AccessError):
                    theirs.read()
                reading = rows.with_user(self.officer_user)
                self.assertEqual(reading.search([("id", "in", rows.ids)]), rows)
