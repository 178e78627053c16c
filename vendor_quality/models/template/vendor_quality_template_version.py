from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_create

from ...tools import periods


class VendorQualityTemplate(models.Model):
    """Versions of a quality template and the periods that each one rules."""

    _inherit = "vendor.quality.template"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("date_from", "previous_id", "period_type")
    def _check_date_from(self):
        """Rules never reach back: a period keeps those under which it began."""
        today = fields.Date.today()
        for template in self.filtered("previous_id"):
            previous = template.previous_id
            if not template.date_from or template.date_from <= max(
                today, previous.date_from or today
            ):
                raise ValidationError(
                    self.env._(
                        "%s: a new version is valid from a later day on, so that "
                        "periods that have begun keep their rules.",
                        template.display_name,
                    )
                )

    @api.constrains("code", "company_id", "previous_id")
    def _check_family(self):
        for template in self.filtered("previous_id"):
            previous = template.previous_id
            if (template.code, template.company_id) != (
                previous.code,
                previous.company_id,
            ):
                raise ValidationError(
                    self.env._(
                        "%s: a new version keeps the code and the company of the "
                        "version before.",
                        template.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        values = super().copy_data(default)
        for template, vals in zip(self, values, strict=True):
            vals.setdefault("code", template._get_free_code())
        return values

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_new_version(self):
        """Copy the version to a draft with the next number and open it."""
        self.ensure_one()
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
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _get_incomplete_reason(self):
        return super()._get_incomplete_reason() or self._get_late_reason()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_late_reason(self):
        """Say that a draft waited too long: periods that began keep their rules."""
        self.ensure_one()
        today = fields.Date.today()
        if self.previous_id and self.date_from and self.date_from <= today:
            return self.env._(
                "its first day, %s, has come, and periods that have begun keep their "
                "rules. Let it be valid from a later day on.",
                format_date(self.env, self.date_from),
            )
        return ""

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
        today = fields.Date.context_today(self)
        _start, end = periods.get_period(today, self.period_type)
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
