from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import DeskCommon

OWN = ("itsm.",)


@tagged("post_install", "-at_install")
class TestManyToMany(DeskCommon):
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

    def test_ticket_of_an_equipment(self):
        ticket = self._solve(self._file())
        ticket.with_user(self.requester).action_sign_off(5)
        user = self.technician
        user.group_ids += self.env.ref("maintenance.group_equipment_manager")
        equipment = self.env["maintenance.equipment"].create({"name": "Press"})
        equipment.with_user(user).write({"itsm_ticket_ids": [(4, ticket.id)]})
        equipment.with_user(user).with_context(
            default_itsm_ticket_ids=[(6, 0, ticket.ids)]
        ).copy()
        self.env.invalidate_all()
        self.assertFalse(ticket.sudo().equipment_ids)
        self.assertFalse(equipment.itsm_ticket_ids)

    def test_tickets_of_an_equipment_are_found(self):
        equipment = self.env["maintenance.equipment"].create({"name": "Press"})
        ticket = self._file()
        ticket.sudo().equipment_ids = equipment
        self.env.invalidate_all()
        self.assertEqual(equipment.itsm_ticket_ids, ticket)
        Equipment = self.env["maintenance.equipment"]
        self.assertEqual(
            Equipment.search([("itsm_ticket_ids", "in", ticket.ids)]), equipment
        )
        self.assertNotIn(equipment, Equipment.search([("itsm_ticket_ids", "=", False)]))

    def test_manual_field_on_our_table(self):
        vals = {
            "name": "x_side",
            "model_id": self.env.ref("maintenance.model_maintenance_equipment").id,
            "ttype": "many2many",
            "relation": "itsm.ticket",
            "relation_table": "itsm_ticket_equipment_rel",
            "column1": "equipment_id",
            "column2": "ticket_id",
        }
        with self.assertRaises(ValidationError):
            self.env["ir.model.fields"].create(vals)
