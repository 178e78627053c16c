from odoo import fields, models
from odoo.tools import SQL

from .itsm_complaint_analysis import (
    FEWEST_OF_PERSON,
    SHARES,
    ItsmComplaintAnalysis,
    get_local_moment,
)


class ItsmComplaintPerson(models.Model):
    """Complaints about a person in a calendar year, from five on; no withdrawn ones.

    Of fewer there is no row, and of a row no part: a figure of one month or one service
    would name who is concerned by a single complaint.

    Read by supervisors, managers and quality.
    """

    _name = "itsm.complaint.person"
    _description = "Complaints by Person"
    _auto = False
    _order = "year desc, complaint_count desc, id"
    _rec_name = "user_id"
    _depends = ItsmComplaintAnalysis._depends

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    year = fields.Char(string="Calendar Year", readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Person Concerned", readonly=True
    )
    complaint_count = fields.Integer(string="Complaints", readonly=True)
    upheld_share = fields.Float(
        string="Upheld (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    days_to_answer = fields.Float(readonly=True, aggregator="avg", digits=(16, 1))
    late_share = fields.Float(
        string="Answered Late (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    repeat_count = fields.Integer(string="Repeated", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY company_id, year, user_id)::int AS id, *
              FROM (SELECT complaint.company_id,
                           to_char(%(filed)s, 'YYYY') AS year,
                           complaint.technician_id AS user_id,
                           count(*)::int AS complaint_count,
                           avg(%(upheld)s) AS upheld_share,
                           avg(%(days)s) AS days_to_answer,
                           avg(%(late)s) AS late_share,
                           sum(%(repeats)s)::int AS repeat_count
                      FROM itsm_complaint AS complaint
                      JOIN res_company AS company ON company.id = complaint.company_id
                     WHERE complaint.technician_id IS NOT NULL
                       AND complaint.outcome IS DISTINCT FROM 'withdrawn'
                     GROUP BY 1, 2, 3
                    HAVING count(*) >= %(fewest)s) AS person
            """,
            filed=get_local_moment(self.env, "filed_at"),
            upheld=SHARES["upheld_share"],
            days=SHARES["days_to_answer"],
            late=SHARES["late_share"],
            repeats=SHARES["repeat_count"],
            fewest=FEWEST_OF_PERSON,
        )
