from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import OutsourcingCommon

PDF = b"%PDF-1.4\nsecret content of a bid\n%%EOF"
PNG_BASE64 = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


class BidCommon(OutsourcingCommon):
    """A published invited tender with two lines, and vendors with portal users.

    The tender is put into its state by SQL: how it gets there is the subject of
    the tests of the tender. Three vendors are invited, ``cls.outsider`` is not.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendors = cls.env["res.partner"]
        cls.vendor_users = cls.env["res.users"]
        for name in ("Alpha", "Beta", "Gamma"):
            user = cls._new_vendor(name)
            cls.vendors |= user.partner_id.commercial_partner_id
            cls.vendor_users |= user
        cls.alpha_user, cls.beta_user, cls.gamma_user = cls.vendor_users
        cls.alpha, cls.beta, cls.gamma = cls.vendors
        cls.outsider_user = cls._new_vendor("Outsider")
        cls.settings_user = new_test_user(
            cls.env, "outsourcing_settings", "base.group_system"
        )
        cls.tender = cls._create_published_tender()

    @classmethod
    def _new_vendor(cls, name):
        company = cls.env["res.partner"].create(
            {
                "name": f"{name} Ltd",
                "is_company": True,
                "email": f"{name.lower()}@vendor.test",
            }
        )
        user = new_test_user(
            cls.env,
            f"vendor_{name.lower()}",
            "base.group_portal",
            name=f"{name} Seller",
            email=f"seller@{name.lower()}.test",
            tz="UTC",
        )
        user.partner_id.parent_id = company
        return user

    @classmethod
    def _create_published_tender(cls, procedure="procedure_company_invited", **values):
        now = fields.Datetime.now()
        tender = cls.env["outsourcing.tender"].create(
            {
                "subject": "Cleaning of the head office",
                "category_id": cls.category.id,
                "procedure_id": cls.env.ref(f"outsourcing_mgmt.{procedure}").id,
                "user_id": cls.procurement_user.id,
                "question_deadline": now + timedelta(days=3),
                "bid_deadline": now + timedelta(days=5),
                "opening_date": now + timedelta(days=5),
                "line_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "name": "Cleaning by day",
                            "product_qty": 12,
                        }
                    ),
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "name": "Window cleaning",
                            "product_qty": 4,
                        }
                    ),
                ],
                "criterion_ids": [
                    Command.create({"name": "Price", "kind": "price", "weight": 6000}),
                    Command.create(
                        {"name": "Concept", "kind": "scored", "weight": 4000}
                    ),
                ],
                **values,
            }
        )
        cls._force_state(tender, "published", publish_date=now)
        if tender.method == "invited":
            cls._invite(tender, cls.vendors)
        return tender

    @classmethod
    def _force_state(cls, tender, state, **values):
        """Put a tender into a state without its procedure."""
        tender.flush_recordset()
        values["state"] = state
        for name, value in values.items():
            cls.env.cr.execute(
                f"UPDATE outsourcing_tender SET {name} = %s WHERE id = %s",
                (value, tender.id),
            )
        tender.invalidate_recordset()

    @classmethod
    def _close(cls, tender):
        """Let the deadline be over and the tender closed."""
        cls._force_state(
            tender,
            "closed",
            bid_deadline=fields.Datetime.now() - timedelta(minutes=1),
        )

    @classmethod
    def _invite(cls, tender, partners):
        invitations = (
            cls.env["outsourcing.tender.invitation"]
            .with_user(cls.procurement_user)
            .create(
                [
                    {"tender_id": tender.id, "partner_id": partner.id}
                    for partner in partners
                ]
            )
        )
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            invitations.action_send()
        return invitations

    @classmethod
    def _start_bid(cls, user, tender=None):
        tender = (tender or cls.tender).with_user(user).sudo()
        return cls.env["outsourcing.bid"].with_user(user)._vendor_start(tender)

    @classmethod
    def _draft_bid(cls, user, prices=(100, 25), tender=None, files=True):
        """Return a complete draft of ``user``, with sudo as the portal has it."""
        bid = cls._start_bid(user, tender)
        bid._vendor_save(
            prices={
                line.id: (str(price), f"from {user.name}")
                for line, price in zip(bid.tender_id.line_ids, prices, strict=True)
            },
            note=f"Remarks of {user.name}",
            declared=True,
        )
        if files:
            bid._vendor_add_file("concept.pdf", PDF)
        return bid

    @classmethod
    def _sealed_bid(cls, user, prices=(100, 25), tender=None, files=True):
        bid = cls._draft_bid(user, prices, tender, files)
        bid.action_seal()
        return bid
