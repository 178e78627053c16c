from odoo import models


class ItsmKpiTeamDay(models.Model):
    """The facts of a day put together for each team, for the board and the dashboard.

    A desk of twenty teams has hundreds of facts a day and figure, and one row of these
    a team: a year is read in a moment. Written with the facts (``kpi_counting``).

    ======  ==================================  ===============================
    Right   Who                                 Restriction
    ======  ==================================  ===============================
    read    supervisors                         of the teams that they lead
    read    managers, quality                   of the company
    write   the server (``kpi_counting``)
    ======  ==================================  ===============================
    """

    _name = "itsm.kpi.team.day"
    _description = "KPI of a Day and Team"
    _inherit = ["itsm.kpi.fact.mixin"]
    _order = "day desc, kpi_id, id"
    _rec_name = "kpi_id"
    _log_access = False

    _day_idx = models.Index("(company_id, kpi_id, day)")
