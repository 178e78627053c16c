from odoo import api, models
from odoo.exceptions import ValidationError

HOURS_FIELDS = {"tz", "two_weeks_calendar", "schedule_type", "flexible_hours"}


class ResourceCalendar(models.Model):
    """Working hours; a change of them ends the version that clocks run in."""

    _inherit = "resource.calendar"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("schedule_type")
    def _check_itsm_fixed_hours(self):
        """Refuse flexible hours on a calendar that service levels use."""
        flexible = self.filtered("flexible_hours")
        if not flexible:
            return
        # sudo: the check must see the policies and teams of all companies
        used = (
            self.env["itsm.sla.policy"]
            .sudo()
            .search_fetch([("calendar_id", "in", flexible.ids)], ["calendar_id"])
            .calendar_id
            | self.env["itsm.team"]
            .sudo()
            .search_fetch(
                [("resource_calendar_id", "in", flexible.ids)], ["resource_calendar_id"]
            )
            .resource_calendar_id
        )
        if used:
            raise ValidationError(
                self.env._(
                    "%(names)s: service levels are measured in these hours, so they "
                    "cannot become flexible. Give the service desk teams and policies "
                    "another calendar first.",
                    names=", ".join(used.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if HOURS_FIELDS.intersection(vals):
            self.env["itsm.work.timeline"]._supersede([("calendar_id", "in", self.ids)])
        return result
