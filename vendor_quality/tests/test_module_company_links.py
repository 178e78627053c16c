from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

from .common import TODAY, QualityCommon

MODULES = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
# People and partners are shared by the companies of a group.
SHARED = ("res.company", "res.users", "res.partner")
EXEMPT = {
    # a file of no company may be attached anywhere
    ("outsourcing.reference.price.source", "attachment_ids"),
    ("itsm.article", "attachment_ids"),
    # has a constraint of its own, which says what to do
    ("itsm.service", "outsourcing_contract_id"),
    # may be of a branch, by a constraint of its own
    ("vendor.quality.waiver", "contract_id"),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCompanyLinks(QualityCommon):
    """A record of one company does not point at records of another."""

    def _get_open_links(self):
        """Return the links that people may set and that no company check covers."""
        links = set()
        for name, model in self.env.registry.items():
            if (
                model._original_module not in MODULES
                or model._abstract
                or model._transient
                or not model._check_company_auto
            ):
                continue
            company = model._fields["company_id"]
            parent = (company.related or "").split(".")[0]
            links |= {
                (name, field.name)
                for field in model._fields.values()
                if field._module in MODULES
                and field.type in ("many2one", "many2many")
                and field.store
                and not (field.readonly or field.related or field.check_company)
                and field.name != parent
                and field.comodel_name not in SHARED
                and "company_id" in self.env[field.comodel_name]._fields
            }
        return links

    def test_links_that_people_set_check_the_company(self):
        self.assertEqual(self._get_open_links() - EXEMPT, set())

    def test_event_takes_a_rule_of_its_company(self):
        other = self.env["res.company"].create({"name": "Sister"})
        rule = self.env["outsourcing.compliance.rule"].search([], limit=1)
        foreign = rule.copy({"code": "foreign_rule", "company_id": other.id})
        values = {
            "name": "Late",
            "company_id": self.company.id,
            "res_model": self.contract._name,
            "res_id": self.contract.id,
        }
        Event = self.env["outsourcing.compliance.event"].sudo()
        self.assertEqual(
            server_create(Event, {**values, "rule_id": rule.id}).rule_id, rule
        )
        with self.assertRaises(UserError):
            server_create(Event, {**values, "rule_id": foreign.id})
