from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list


class OutsourcingIncentive(models.Model):
    """Whom a reward or a penalty may concern, and by which users this person acts."""

    _inherit = "outsourcing.incentive"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("employee_id", "event_id")
    def _check_event_person(self):
        for incentive in self:
            # sudo: the names of the people are on the event and on this record.
            person = incentive.employee_id.sudo()
            # sudo: as above, for the event.
            event = incentive.event_id.sudo()
            responsible = event.employee_id | event.second_employee_id
            if event and not responsible:
                raise ValidationError(
                    self.env._(
                        "%s names nobody, so nobody is penalised for it: who is "
                        "responsible follows from the rule and from the heads of the "
                        "departments. HR or a manager names the person on the event, "
                        "with a reason, or HR waives it.",
                        incentive.event_id.display_name,
                    )
                )
            if responsible and person not in responsible:
                raise ValidationError(
                    self.env._(
                        "%(event)s concerns %(responsible)s, so %(person)s cannot be "
                        "penalised for it. Choose the person of the event.",
                        event=incentive.event_id.display_name,
                        responsible=format_list(self.env, responsible.mapped("name")),
                        person=person.name,
                    )
                )

    @api.constrains("finding_id", "event_id", "incentive_type")
    def _check_source(self):
        for incentive in self:
            finding, event = incentive.finding_id, incentive.event_id
            if incentive.incentive_type == "reward" and event:
                raise ValidationError(
                    self.env._("A compliance event leads to a penalty, not a reward.")
                )
            if incentive.incentive_type == "penalty" and finding:
                raise ValidationError(
                    self.env._(
                        "%s: a finding leads to a reward. What somebody did wrong is a "
                        "compliance event, and the penalty follows from that.",
                        finding.display_name,
                    )
                )
            if finding and finding.state not in ("verified", "closed"):
                raise ValidationError(
                    self.env._(
                        "%s is not verified yet: finance verifies the saving first.",
                        finding.display_name,
                    )
                )
            if event and event.state != "confirmed":
                raise ValidationError(
                    self.env._(
                        "%s is not confirmed: confirm the event first.",
                        event.display_name,
                    )
                )

    # ------------------------------------------------------------
    # TIER VALIDATION OVERRIDES
    # ------------------------------------------------------------

    def _tier_get_excluded_users(self):
        """Whoever named the person of the event does not approve the penalty."""
        # sudo: who named the person is judged whoever asks.
        return super()._tier_get_excluded_users() | self.sudo().event_id.named_by_id

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_person_users(self):
        """Return the users that stand for the person, then and now."""
        self.ensure_one()
        return self.employee_user_id | self.employee_id.user_id

    def _get_own_users(self):
        """Return all users who would decide on themselves, earlier ones too."""
        self.ensure_one()
        return self.employee_user_id | self.employee_id._outsourcing_get_own_users()
