from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import periods


class VendorQualityTemplate(models.Model):
    """Versions of a quality template and the periods that each one rules."""

    _inherit = "vendor.quality.template"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_new_version(self):
        """Copy the version to a draft with the next number and open it."""
        check_one(self)
        self.check_access("write")
        draft = self._get_versions().filtered(lambda item: item.state == "draft")
        if draft:
            raise UserError(
                self.env._(
                    "%s is still a draft. Change that one.", draft[0].display_name
                )
            )
        values = self.copy_data(
            {
                "code": self.code,
                "name": self.name,
                "date_from": self._get_next_date_from(),
            }
        )[0]
        version = max(self._get_versions().mapped("version")) + 1
        new = server_create(
            self, [{**values, "version": version, "previous_id": self.id}]
        )
        self.copy_translations(new)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_versions(self):
        """Return all versions of this template, the newest first."""
        self.ensure_one()
        return self.with_context(active_test=False).search(
            [("code", "=", self.code), ("company_id", "=", self.company_id.id)],
            order="version desc",
        )

    def _get_version_for(self, day):
        """Return the version whose rules hold for a period that begins on ``day``."""
        self.ensure_one()
        return self._get_versions()._pick_for(day)

    def _pick_for(self, day):
        """Return which of the versions, the newest first, rules ``day``."""
        for version in self:
            if version.state != "draft" and (
                not version.date_from or version.date_from <= day
            ):
                return version
        return self.browse()

    def _get_next_date_from(self):
        _start, end = periods.get_period(self._get_today(), self.period_type)
        return end + timedelta(days=1)

    def _get_free_code(self):
        """Return ``<code>_2`` or the next number that is free."""
        self.ensure_one()
        number = 2
        while self.with_context(active_test=False).search_count(
            [("code", "=", f"{self.code}_{number}")], limit=1
        ):
            number += 1
        return f"{self.code}_{number}"
