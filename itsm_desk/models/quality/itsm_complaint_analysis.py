from odoo import api, fields, models
from odoo.tools import SQL

from .itsm_complaint import OUTCOMES

FEWEST_OF_PERSON = 5
"""With fewer complaints about a person in a year, no figure of it names the person."""
SHARES = {
    "days_to_answer": SQL(
        "CASE WHEN complaint.answered_at IS NOT NULL THEN complaint.days_to_answer END"
    ),
    "late_share": SQL(
        "CASE WHEN complaint.answered_at IS NOT NULL"
        " THEN 100.0 * complaint.is_late::int END"
    ),
    "upheld_share": SQL(
        "CASE WHEN complaint.outcome IN ('upheld', 'partly') THEN 100.0"
        " WHEN complaint.outcome = 'rejected' THEN 0.0 END"
    ),
    "repeat_count": SQL("(complaint.previous_id IS NOT NULL)::int"),
}
"""``{figure: expression of one complaint}``."""


def get_local_moment(env, column):
    """Return a moment of a complaint in the zone of its company."""
    return SQL(
        "%s AT TIME ZONE 'UTC' AT TIME ZONE %s",
        SQL.identifier("complaint", column),
        SQL.identifier("company", env["res.company"]._itsm_get_zone_field()),
    )


def _month(env, column):
    return SQL("date_trunc('month', %s)::date", get_local_moment(env, column))


class ItsmComplaintAnalysis(models.Model):
    """Complaints as figures: how many, why, about which service, how fast answered.

    It says nothing of what a complaint says, who complained, or about whom: figures by
    person are ``itsm.complaint.person``. Moments are months, and nobody finds a
    complaint about himself here: outcome, service and day would lead to the ticket.

    Read by supervisors, managers and quality.
    """

    _name = "itsm.complaint.analysis"
    _description = "Complaint Analysis"
    _auto = False
    _order = "filed_at desc, id desc"
    _rec_name = "filed_at"
    _depends = {
        "itsm.complaint": [
            "answered_at",
            "cause_id",
            "channel",
            "closed_at",
            "company_id",
            "days_to_answer",
            "filed_at",
            "is_late",
            "is_repeat",
            "outcome",
            "refuse_count",
            "service_id",
            "state",
            "team_id",
            "technician_id",
        ],
        "itsm.service": ["category_id"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    filed_at = fields.Date(string="Filed in", readonly=True)
    closed_at = fields.Date(string="Closed in", readonly=True)
    state = fields.Selection(
        selection=lambda self: (
            self.env["itsm.complaint"]._fields["state"]._description_selection(self.env)
        ),
        readonly=True,
    )
    channel = fields.Selection(
        selection=lambda self: (
            self.env["itsm.complaint"]
            ._fields["channel"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    service_id = fields.Many2one(comodel_name="itsm.service", readonly=True)
    category_id = fields.Many2one(comodel_name="itsm.category", readonly=True)
    team_id = fields.Many2one(comodel_name="itsm.team", readonly=True)
    cause_id = fields.Many2one(comodel_name="itsm.complaint.cause", readonly=True)
    outcome = fields.Selection(selection=OUTCOMES, readonly=True)
    concerned_id = fields.Many2one(
        comodel_name="res.users", readonly=True, groups=fields.NO_ACCESS
    )
    days_to_answer = fields.Float(
        string="Days to Answer", readonly=True, aggregator="avg", digits=(16, 1)
    )
    late_share = fields.Float(
        string="Answered Late (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    upheld_share = fields.Float(
        string="Upheld (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Upheld or partly, of those that were decided; withdrawn ones are left "
        "out.",
    )
    repeat_count = fields.Integer(string="Repeated", readonly=True)
    refuse_count = fields.Integer(string="Answers Not Accepted", readonly=True)
    complaint_count = fields.Integer(string="Complaints", readonly=True)

    @property
    def _table_query(self):
        columns = SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in self._get_columns().items()
        )
        return SQL(
            """
            SELECT %(columns)s
              FROM itsm_complaint AS complaint
              JOIN res_company AS company ON company.id = complaint.company_id
              LEFT JOIN itsm_service AS service ON service.id = complaint.service_id
            """,
            columns=columns,
        )

    @api.model
    def _get_columns(self):
        """Return ``{field: expression}``; other modules add theirs."""
        kept = (
            "id",
            "company_id",
            "state",
            "channel",
            "service_id",
            "team_id",
            "cause_id",
            "outcome",
            "refuse_count",
        )
        return {
            **{name: SQL.identifier("complaint", name) for name in kept},
            "filed_at": _month(self.env, "filed_at"),
            "closed_at": _month(self.env, "closed_at"),
            "category_id": SQL("service.category_id"),
            "concerned_id": SQL("complaint.technician_id"),
            **SHARES,
            "complaint_count": SQL("1"),
        }
