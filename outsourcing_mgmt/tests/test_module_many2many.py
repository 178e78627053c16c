from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import TenderCommon

OWN = ("outsourcing.", "vendor.quality.")


@tagged("post_install", "-at_install")
class TestManyToMany(TenderCommon):
    """A relation has one side that is written; its record judges the change."""

    def test_one_owning_side(self):
        sides = {}
        for model in self.env.registry.models.values():
            for field in model._fields.values():
                if field.type != "many2many" or not field.store or model._abstract:
                    continue
                if field.model_name.startswith(OWN) or field.comodel_name.startswith(
                    OWN
                ):
                    sides.setdefault(field.relation, set()).add(field)
        self.assertTrue(sides)
        for relation, fields in sides.items():
            written = [
                str(field) for field in fields if not self._is_refused_by_flow(field)
            ]
            with self.subTest(relation=relation):
                self.assertLessEqual(len(written), 1, written)

    def _is_refused_by_flow(self, field):
        model = self.env[field.model_name]
        names = getattr(model, "_flow_get_system_fields", frozenset)()
        return field.name in names

    def test_tender_from_the_request(self):
        tender = self._create_published()
        request = self._create_request()
        users = (
            request.create_uid,
            self.procurement_user,
            self.env.ref("base.user_admin"),
        )
        for user in users:
            for name in ("tender_ids", "reference_price_ids"):
                with self.subTest(user=user.login, field=name):
                    with self.assertRaises(AccessError):
                        request.with_user(user).write({name: [(4, tender.id)]})
                    with self.assertRaises(AccessError):
                        request.with_user(user).sudo().write({name: [(5,)]})
        self.assertNotIn(request, tender.sudo().request_ids)

    def test_tender_of_a_new_request(self):
        tender = self._create_published()
        request = self._create_request()
        user = request.create_uid
        vals = {"tender_ids": [(6, 0, tender.ids)]}
        with self.assertRaises(AccessError):
            request.with_user(user).copy(vals)
        copied = (
            request.with_user(user)
            .with_context(default_tender_ids=[(6, 0, tender.ids)])
            .copy()
        )
        self.assertFalse(copied.sudo().tender_ids)

    def test_manual_field_on_our_table(self):
        vals = {
            "name": "x_side",
            "model_id": self.env.ref("outsourcing_mgmt.model_outsourcing_request").id,
            "ttype": "many2many",
            "relation": "outsourcing.tender",
            "relation_table": "outsourcing_tender_request_rel",
            "column1": "request_id",
            "column2": "tender_id",
        }
        with self.assertRaises(ValidationError):
            self.env["ir.model.fields"].create(vals)
