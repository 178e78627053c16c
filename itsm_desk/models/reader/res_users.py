from odoo import fields, models

from ..base.acting_person import refuse_evaluated_code


class ResUsers(models.Model):
    """The teams of the desk that somebody leads, stands in for or is a member of."""

    _inherit = "res.users"

    itsm_team_ids = fields.Many2many(
        comodel_name="itsm.team",
        string="Service Desk Teams",
        compute="_compute_itsm_team_ids",
        compute_sudo=True,
        groups="itsm_desk.group_itsm_manager",
        help="Technicians read and handle the tickets of these teams.",
    )

    itsm_moved_on = fields.Datetime(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="When a portal user came to the company of today.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _set_encrypted_password(self, uid, pw):
        """Set no password for code that people typed."""
        refuse_evaluated_code(self)
        return super()._set_encrypted_password(uid, pw)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_itsm_team_ids(self):
        teams = self.env["itsm.team"].with_context(active_test=False)
        found = teams.search_fetch(
            [
                "|",
                "|",
                ("member_ids", "in", self.ids),
                ("leader_id", "in", self.ids),
                ("deputy_id", "in", self.ids),
            ],
            ["member_ids", "leader_id", "deputy_id"],
        )
        for user in self:
            user.itsm_team_ids = found.filtered(
                lambda team, user=user: (
                    user in team.member_ids | team.leader_id | team.deputy_id
                )
            )
