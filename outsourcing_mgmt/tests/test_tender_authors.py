import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderAuthors(TenderCommon):
    """Whoever wrote a part of a tender does not sign its file off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer_user.group_ids |= cls.env.ref(
            "outsourcing_mgmt.group_outsourcing_procurement"
        )

    def _add_document(self, tender):
        return tender.document_ids.create(
            {
                "tender_id": tender.id,
                "name": "Specification",
                "file": base64.b64encode(b"%PDF-1.4 specification"),
                "file_name": "specification.pdf",
            }
        )

    def test_writers_of_parts_do_not_sign_off(self):
        acts = {
            "document": self._add_document,
            "criterion": lambda tender: tender.criterion_ids[:1].write(
                {"name": "Licence of the trade"}
            ),
            "invitation": lambda tender: tender.invitation_ids[:1].unlink(),
            "committee": lambda tender: tender.committee_ids.create(
                {"tender_id": tender.id, "employee_id": self._new_judge().id}
            ),
        }
        for name, act in acts.items():
            with self.subTest(name):
                tender = self._create_tender()
                self.assertNotIn(self.officer_user, tender.content_author_ids)
                act(tender.with_user(self.officer_user))
                tender.invalidate_recordset()
                self.assertIn(self.officer_user, tender.content_author_ids)
                tender.request_validation()
                with self.assertRaisesRegex(UserError, "somebody else"):
                    tender.with_user(self.officer_user).validate_tier()

    def _new_judge(self):
        users = self._new_users({f"judge{self.id()[-8:]}": "base.group_user"})
        return self._new_employees(self.env["res.users"].union(*users.values()))

    def test_document_changed_after_the_sign_off_voids_it(self):
        tender = self._create_tender()
        self._sign_off(tender)
        self.assertEqual(tender.validation_status, "validated")
        self._add_document(tender.with_user(self.procurement_user))
        tender.invalidate_recordset()
        self.assertFalse(tender.review_ids)
        with self.assertRaisesRegex(UserError, "validation"):
            tender.action_publish()
