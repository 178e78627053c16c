from odoo import api, fields, models

from .kpi_counting import forget_people
from .kpi_days import count_due_days

FORGOTTEN_DAYS = 7
"""So many days end to name technicians between two commits."""


class ItsmKpiDay(models.Model):
    """A fact: one figure of one day, for a team, a service and a person.

    Counted at night from the entries of tickets and counted again while something may
    still change it. ``value`` of a group is made of the sums, never the mean of means.

    ======  ==================================  ===============================
    Right   Who                                 Restriction
    ======  ==================================  ===============================
    read    technicians                         own figures
    read    supervisors                         of the teams that they lead
    read    managers, quality                   of the company
    write   the server (``kpi_counting``)
    ======  ==================================  ===============================
    """

    _name = "itsm.kpi.day"
    _description = "KPI of a Day"
    _inherit = ["itsm.kpi.fact.mixin"]
    _order = "day desc, kpi_id, id"
    _rec_name = "kpi_id"
    _log_access = False

    service_id = fields.Many2one(
        comodel_name="itsm.service",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _day_idx = models.Index("(company_id, day, kpi_id)")
    # What still names a technician when the months for personal figures are over.
    _people_idx = models.Index("(company_id, day) WHERE user_id IS NOT NULL")

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_count(self):
        """Count the days that are due, of one company after the other.

        Before, figures end to name technicians whose time is over.
        """
        kpis = self.env["itsm.kpi"].search([("active", "=", True)])
        # sudo: the job looks at all companies
        for company in (
            self.env["res.company"].sudo().search([("active", "=", True)], order="id")
        ):
            while done := forget_people(company, FORGOTTEN_DAYS):
                if not self.env["ir.cron"]._commit_progress(done, remaining=1):
                    return
            if not count_due_days(company, kpis):
                return
