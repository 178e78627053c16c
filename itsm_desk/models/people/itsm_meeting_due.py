from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.one_record import check_one
from ...tools.phone_digits import join_digits


class ItsmMeetingDue(models.Model):
    """Whom a lead meets next: the members of own teams, those off-site first.

    It tells when people met and will meet, never what about. Read by the lead and HR.
    """

    _name = "itsm.meeting.due"
    _description = "Due One-to-One"
    _auto = False
    _order = "is_offsite desc, due_day, technician_id, id"
    _rec_name = "technician_id"
    _depends = {
        "hr.employee": ["company_id", "itsm_is_offsite", "user_id"],
        "itsm.meeting": [
            "company_id",
            "planned_at",
            "state",
            "supervisor_id",
            "technician_id",
        ],
        "itsm.team": ["active", "company_id", "leader_id", "member_ids"],
        "res.company": ["itsm_meeting_days", "itsm_tz"],
        "res.users": ["active"],
    }

    technician_id = fields.Many2one(
        comodel_name="res.users", string="Technician", readonly=True
    )
    supervisor_id = fields.Many2one(
        comodel_name="res.users", string="Lead", readonly=True
    )
    team_id = fields.Many2one(comodel_name="itsm.team", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    is_offsite = fields.Boolean(string="Works Off-Site", readonly=True)
    last_at = fields.Datetime(string="Met Last", readonly=True)
    planned_at = fields.Datetime(string="Planned for", readonly=True)
    due_day = fields.Date(string="Due on", readonly=True)
    is_late = fields.Boolean(string="Due", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH pair AS (
                SELECT team.leader_id AS supervisor_id, member.user_id AS technician_id,
                       team.company_id, min(team.id) AS team_id
                  FROM itsm_team AS team
                  JOIN itsm_team_member_rel AS member ON member.team_id = team.id
                  JOIN res_users AS person ON person.id = member.user_id
                 WHERE team.active AND person.active AND team.leader_id IS NOT NULL
                   AND team.leader_id <> member.user_id
                 GROUP BY 1, 2, 3
            ), talk AS (
                SELECT supervisor_id, technician_id, company_id,
                       max(planned_at) FILTER (WHERE state = 'done') AS last_at,
                       min(planned_at) FILTER (WHERE state = 'planned') AS planned_at
                  FROM itsm_meeting
                 GROUP BY 1, 2, 3
            ), due AS (
                SELECT pair.*, talk.last_at, talk.planned_at,
                       EXISTS (SELECT FROM hr_employee AS employee
                                WHERE employee.user_id = pair.technician_id
                                  AND employee.company_id = pair.company_id
                                  AND employee.itsm_is_offsite) AS is_offsite,
                       (COALESCE(talk.last_at, team.create_date)
                        AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                       + CASE WHEN talk.last_at IS NULL THEN 0
                              ELSE company.itsm_meeting_days END AS due_day,
                       (%(now)s AT TIME ZONE 'UTC'
                        AT TIME ZONE %(zone)s)::date AS today
                  FROM pair
                  JOIN itsm_team AS team ON team.id = pair.team_id
                  JOIN res_company AS company ON company.id = pair.company_id
                  LEFT JOIN talk
                    ON talk.supervisor_id = pair.supervisor_id
                   AND talk.technician_id = pair.technician_id
                   AND talk.company_id = pair.company_id
            )
            SELECT team_id::bigint * 1000000 + technician_id AS id, technician_id,
                   supervisor_id, team_id, company_id, is_offsite, last_at, planned_at,
                   due_day, due_day <= today AS is_late
              FROM due
            """,
            now=fields.Datetime.now(),
            zone=SQL.identifier(
                "company", self.env["res.company"]._itsm_get_zone_field()
            ),
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_plan(self):
        """Open the planned meeting of the two, or a new one."""
        check_one(self)
        self.check_access("read")
        meeting = self.env["itsm.meeting"].search(
            Domain("technician_id", "=", self.technician_id.id)
            & Domain("supervisor_id", "=", self.supervisor_id.id)
            & Domain("state", "=", "planned"),
            order="planned_at",
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.meeting",
            "res_id": meeting.id,
            "views": [(False, "form")],
            "context": {"default_technician_id": self.technician_id.id},
        }


class HrEmployee(models.Model):
    """HR says who does not work in the office; their lead meets them first.

    And who approves requests instead of a manager (``ticket/itsm_approved_mixin``).

    Callers are found by the numbers of their work.
    """

    _inherit = "hr.employee"

    itsm_is_offsite = fields.Boolean(
        string="Works Off-Site (Service Desk)",
        groups="hr.group_hr_user",
        help="Stands first in the list of one-to-one meetings that are due.",
    )
    itsm_deputy_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Deputy for Approvals",
        check_company=True,
        index="btree_not_null",
        groups="hr.group_hr_user",
        help="Approves requests of the service desk while this manager is on leave, "
        "or does not decide in time.",
    )
    itsm_phone_digits = fields.Char(
        string="Digits of Work Phones",
        compute="_compute_itsm_phone_digits",
        store=True,
        index="trigram",
        groups="hr.group_hr_user",
        export_string_translation=False,
        prefetch=False,
    )

    _itsm_deputy_other = models.Constraint(
        "CHECK (itsm_deputy_id <> id)", "Nobody is a deputy of his own."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("work_phone", "mobile_phone")
    def _compute_itsm_phone_digits(self):
        for employee in self:
            numbers = employee.work_phone, employee.mobile_phone
            employee.itsm_phone_digits = join_digits(*numbers) or False
