from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get

from ..base.grants import server_write
from ..base.groups import MANAGER


class OutsourcingZoneChange(models.Model):
    """A request to count the days of a company in another time zone.

    The day decides what is late, expired and still to be answered. Whoever moves it
    by a zone lets an expired exception pay or closes a tender early; it is therefore
    asked for by one person and approved by another, once something was decided in the
    company (``res.company``).

    =========  =============================  ====================
    Action     Who                            Restriction
    =========  =============================  ====================
    ask        administrator, manager
    approve    manager                        not the requester
    refuse     manager, requester
    =========  =============================  ====================
    """

    _name = "outsourcing.zone.change"
    _description = "Change of the Time Zone of Days"
    _inherit = ["outsourcing.dual.request.mixin"]
    _rec_name = "zone"

    _dual_groups = (MANAGER,)
    _flow_content_fields = frozenset({"company_id", "expiry_date", "reason", "zone"})
    _flow_system_fields = frozenset({"zone_before"})

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        tracking=True,
    )
    zone = fields.Selection(
        selection=_tz_get, string="New Time Zone", required=True, tracking=True
    )
    zone_before = fields.Char(string="Time Zone Before", readonly=True, copy=False)

    # ------------------------------------------------------------
    # REQUEST
    # ------------------------------------------------------------

    def _dual_get_submit_reason(self):
        # sudo: whoever asks need not read the settings of the company.
        if self.zone == self.company_id.sudo().outsourcing_tz:
            return self.env._("the company counts its days there already.")
        return ""

    def _dual_get_summary(self):
        return self.env._(
            "Days of %(company)s in %(zone)s",
            # sudo: the name of the company, for whoever reads the request.
            company=self.sudo().company_id.name,
            zone=self.zone,
        )

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        result = super()._on_enter_approved(origins)
        for change in self:
            apply_zone(change)
        return result


def apply_zone(change):
    """Count the days of the company in the zone that was approved, and log it."""
    if change.state != "approved":
        raise UserError(change.env._("%s is not approved.", change.display_name))
    # sudo: managers do not write the company; two persons decided.
    company = change.sudo().company_id
    server_write(change, {"zone_before": company.outsourcing_tz})
    server_write(company, {"outsourcing_tz": change.zone})
    change.env["outsourcing.audit.log"]._record(
        company,
        "zone_changed",
        {
            "before": change.zone_before,
            "after": change.zone,
            "requested_by": change.requester_id.login,
        },
    )
