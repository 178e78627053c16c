import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.date_utils import localized, to_timezone

from ...tools.typed_number import read_number
from ..base.selections import SUPPORT_LEVELS
from ..base.uninstall import guards_deletion
from .duty_calls import call, end_calls_of_others, find_waiting
from .on_duty import get_on_duty

MOST_WEEKS = 26
MOST_WAITING = 1000
"""Tickets of a team that are looked at when a duty begins, the most urgent ones."""
PLANNED = frozenset({"team_id", "support_level", "user_id", "date_from", "date_to"})

_logger = logging.getLogger(__name__)


def add_weeks(moment, weeks, zone):
    """Return the same hour of the clock some weeks later (naive UTC)."""
    local = localized(moment).astimezone(zone).replace(tzinfo=None)
    return to_timezone(None)(zone.localize(local + timedelta(weeks=weeks)))


class ItsmRota(models.Model):
    """One person on duty for a team and level, from when to when.

    New tickets of the team that nobody owns call whoever is on duty, and those that
    wait already are told when the duty begins. Several people may be on duty at once.
    What is over is kept.

    =======  ======================  =============================
    Right    Who                     Restriction
    =======  ======================  =============================
    read     technicians             of the company
    write    the lead of the team    until it is over
    write    managers                of the company, until it is over
    =======  ======================  =============================
    """

    _name = "itsm.rota"
    _description = "On Duty"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    team_id = fields.Many2one(
        comodel_name="itsm.team",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    support_level = fields.Selection(
        selection=SUPPORT_LEVELS,
        compute="_compute_support_level",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="On Duty",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        index=True,
    )
    date_from = fields.Datetime(string="From", required=True)
    date_to = fields.Datetime(string="Until", required=True)
    note = fields.Char(help="For example a telephone number outside working hours.")
    called_at = fields.Datetime(
        string="Told What Waits on",
        readonly=True,
        copy=False,
        help="When the person was told of the tickets that waited as the duty began.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to > date_from)", "Duty ends after it begins."
    )
    _now_idx = models.Index("(team_id, date_to, date_from)")
    _called_idx = models.Index("(date_to) WHERE called_at IS NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("team_id")
    def _compute_support_level(self):
        for rota in self:
            rota.support_level = rota.team_id.support_level or "l1"

    @api.depends("team_id", "user_id")
    def _compute_display_name(self):
        for rota in self:
            names = (rota.user_id.name, rota.team_id.name)
            rota.display_name = ", ".join(filter(None, names))

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("user_id", "team_id")
    def _check_user(self):
        # sudo: whoever plans need not read the groups of the person
        for rota in self.sudo():
            user, team = rota.user_id, rota.team_id
            if (
                user.share
                or team.company_id not in user.company_ids
                or not user.has_group("itsm_desk.group_itsm_technician")
                or user not in (team.member_ids | team.leader_id | team.deputy_id)
            ):
                raise UserError(
                    self.env._(
                        "%(name)s is no technician of the team %(team)s. Add the "
                        "person to the team first.",
                        name=user.name,
                        team=team.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rotas = super().create(vals_list)
        self.env.registry.clear_cache()
        return rotas

    def write(self, vals):
        self._check_not_over()
        if not PLANNED.isdisjoint(vals):
            vals = {**vals, "called_at": False}
        result = super().write(vals)
        if "team_id" in vals:
            self.env.registry.clear_cache()
            # Whoever leads one team plans no duty of another.
            self.check_access("write")
        return result

    @guards_deletion
    def _unlink_except_over(self):
        self._check_not_over()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_repeat(self, weeks=4):
        """Plan the same duty for the weeks that follow, where it is not planned yet.

        :param int weeks: how many, at most half a year
        """
        self.check_access("write")
        if not 0 < read_number(weeks) <= MOST_WEEKS:
            raise UserError(self.env._("Repeat it for 1 to %s weeks.", MOST_WEEKS))
        values = []
        for rota in self:
            # sudo: the zone of the company, whoever plans
            zone = rota.sudo().company_id._itsm_zone()
            for week in range(1, read_number(weeks) + 1):
                values += rota.copy_data(
                    {
                        "date_from": add_weeks(rota.date_from, week, zone),
                        "date_to": add_weeks(rota.date_to, week, zone),
                    }
                )
        known = {
            (rota.team_id.id, rota.user_id.id, rota.date_from)
            for rota in self.search(
                [
                    ("team_id", "in", self.team_id.ids),
                    ("user_id", "in", self.user_id.ids),
                ]
            )
        }
        self.create(
            [
                vals
                for vals in values
                if (vals["team_id"], vals["user_id"], vals["date_from"]) not in known
            ]
        )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_planned_teams(self):
        """Return the ids of the teams that ever planned duty."""
        # sudo: whoever files a ticket need not read the rota
        return frozenset(team.id for [team] in self.sudo()._read_group([], ["team_id"]))

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_call(self, limit=50):
        """Tell those whose duty has begun of tickets without an owner who is there.

        Whoever is away is told when back, while the duty lasts.
        """
        now = fields.Datetime.now()
        begun = Domain("called_at", "=", False) & Domain("date_to", ">", now)
        begun &= Domain("date_from", "<=", now)
        done = set()
        while rotas := self.search(
            begun & Domain("id", "not in", list(done)),
            order="date_from, id",
            limit=limit,
        ):
            done.update(rotas.ids)
            for rota in rotas.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        rota._call()
                except Exception:
                    _logger.exception("Duty %s: nobody was called", rota.id)
            left = self.search_count(begun & Domain("id", "not in", list(done)))
            if not self.env["ir.cron"]._commit_progress(len(rotas), remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _call(self):
        """Tell the person what waits, once for this duty; nothing while away."""
        self.ensure_one()
        users = get_on_duty(self.team_id, self.support_level)
        if self.user_id not in users:
            return
        tickets = find_waiting(self.env, self.team_id, self.support_level, MOST_WAITING)
        end_calls_of_others(tickets, users)
        call(self.user_id, tickets)
        self.called_at = fields.Datetime.now()

    def _check_not_over(self):
        now = fields.Datetime.now()
        over = self.filtered(lambda rota: rota.date_to and rota.date_to < now)
        if over:
            raise UserError(
                self.env._(
                    "%s: this duty is over and is kept as it was.",
                    "; ".join(over.mapped("display_name")),
                )
            )
