from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PDF, ContractCommon, TenderCommon


def _attach(record, user):
    """Add a file by a call."""
    return (
        record.env["ir.attachment"]
        .with_user(user)
        .create(
            {
                "name": "annex.pdf",
                "raw": PDF,
                "res_model": record._name,
                "res_id": record.id,
            }
        )
    )


def _move(record, user):
    """Upload a file that belongs to nothing, then move it to the record."""
    file = record.env["ir.attachment"].with_user(user)
    file = file.create({"name": "annex.pdf", "raw": PDF})
    file.write({"res_model": record._name, "res_id": record.id})
    return file


def _compose(record, user):
    """Upload a file in the composer and post it."""
    file = record.env["ir.attachment"].with_user(user)
    file = file.create(
        {
            "name": "annex.pdf",
            "raw": PDF,
            "res_model": "mail.compose.message",
            "res_id": 0,
        }
    )
    record.with_user(user).message_post(body="See there", attachment_ids=file.ids)


def _link(record, user):
    """Post a message that shows a file which stays where it is."""
    file = record.env["ir.attachment"].with_user(user)
    file = file.create({"name": "annex.pdf", "raw": PDF})
    record.env["mail.message"].with_user(user).create(
        {
            "model": record._name,
            "res_id": record.id,
            "body": "See there",
            "message_type": "comment",
            "attachment_ids": [(4, file.id)],
        }
    )


def _add_later(record, user):
    """Post words, and give the message its file afterwards."""
    message = record.with_user(user).message_post(body="See there")
    file = record.env["ir.attachment"].with_user(user)
    file = file.create({"name": "annex.pdf", "raw": PDF})
    message.with_user(user).write({"attachment_ids": [(4, file.id)]})


def _mail(record, user):
    """Send a mail, which the gateway posts in the name of its sender."""
    record.with_user(record.env.ref("base.user_root")).message_post(
        body="See there",
        author_id=user.partner_id.id,
        attachments=[("annex.pdf", PDF)],
    )


ROUTES = (_attach, _move, _compose, _link, _add_later, _mail)


@tagged("post_install", "-at_install")
class TestFileAuthors(ContractCommon, TenderCommon):
    """Whoever adds a file to what is decided on is one of its authors."""

    def test_application(self):
        for add in ROUTES:
            with self.subTest(add.__name__):
                request = self._create_request()
                request.action_submit()
                mine = request.with_user(self.hr_user)
                self.assertIn("add a file", mine.content_notice)
                add(request, self.hr_user)
                mine.invalidate_recordset()
                self.assertIn("somebody else", mine.content_notice)
                for act in (
                    mine.action_approve,
                    mine.validate_tier,
                    lambda mine=mine: mine.sudo().write({"state": "approved"}),
                    lambda mine=mine: mine.action_tier_refuse("No"),
                ):
                    with self.assertRaises(UserError):
                        act()
                request.with_user(self.other_hr_user).action_approve()
                self.assertEqual(request.state, "approved")

    def test_before_the_submission(self):
        request = self._create_request()
        self.hr_user.group_ids |= self.user_user.group_ids
        _attach(request, self.hr_user)
        request.action_submit()
        with self.assertRaises(UserError):
            request.with_user(self.hr_user).action_approve()

    def test_who_has_decided_may_still_add_a_file(self):
        """The decision was taken without it, and stays."""
        tender = self._create_tender()
        self._sign_off(tender)
        _attach(tender, tender.review_ids.done_by)
        self.assertFalse(tender._tier_get_cannot_cross_reason())
        tender.action_publish()
        self.assertEqual(tender.state, "published")

    def test_parts_of_a_tender(self):
        officer = self.other_officer_user
        documents = self.env["outsourcing.tender.document"]
        documents = documents.with_user(self.procurement_user)
        parts = {
            "document": lambda tender: documents.create(
                {"tender_id": tender.id, "name": "Specification"}
            ),
            "criterion": lambda tender: tender.criterion_ids[:1],
            "invitation": lambda tender: tender.invitation_ids[:1],
            "committee": lambda tender: tender.committee_ids[:1],
        }
        for name, get_part in parts.items():
            tender = self._create_tender()
            with self.subTest(name):
                _attach(get_part(tender), officer)
                self.assertIn(officer, tender.sudo().content_author_ids)
                tender.request_validation()
                with self.assertRaises(UserError):
                    tender.with_user(officer).action_tier_approve()

    def test_milestone(self):
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_active(order=order)
        milestone = (
            self.env["outsourcing.contract.milestone"]
            .with_user(self.officer_user)
            .create(
                {
                    "name": "January",
                    "contract_id": contract.id,
                    "date_due": self.today,
                    "purchase_line_id": order.order_line.id,
                    "quantity": 1.0,
                }
            )
        )
        milestone.action_submit()
        mine = milestone.with_user(self.other_officer_user)
        self.assertTrue(mine.can_accept)
        _compose(milestone, self.other_officer_user)
        with self.assertRaises(UserError):
            mine.action_accept()

    def test_others_are_no_authors(self):
        """The server, vendors, and what happens after the decision."""
        request = self._create_request()
        request.action_submit()
        before = request.content_author_ids
        root = self.env.ref("base.user_root")
        _attach(request, root)
        request.with_user(self.other_hr_user).action_approve()
        _attach(request, self.hr_user)
        self.assertEqual(request.content_author_ids, before)
