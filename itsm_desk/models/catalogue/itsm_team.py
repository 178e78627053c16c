import secrets
from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from odoo.addons.mail.tools.alias_error import AliasError

from ...tools.one_record import check_one
from ...tools.open_activities import hand_on_activities
from ..base.selections import OPEN_STATES, SUPPORT_LEVELS

PEOPLE = frozenset({"deputy_id", "leader_id", "member_ids"})
"""Fields by which people read the tickets of a team, or do no more."""


class ItsmTeam(models.Model):
    """A group of technicians with a lead, a mail address and working hours.

    Mail to its address becomes a ticket of the team. Technicians see the tickets
    of the teams they belong to, supervisors those of the teams they lead.
    """

    _name = "itsm.team"
    _description = "Service Desk Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    leader_id = fields.Many2one(
        comodel_name="res.users",
        string="Lead",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        tracking=True,
        index="btree_not_null",
    )
    deputy_id = fields.Many2one(
        comodel_name="res.users",
        string="Deputy",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        tracking=True,
        index="btree_not_null",
        help="Reads the tickets of the team and signs the daily check when the lead is "
        "away.",
    )
    member_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_team_member_rel",
        column1="team_id",
        column2="user_id",
        string="Members",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    support_level = fields.Selection(
        selection=SUPPORT_LEVELS,
        required=True,
        default="l1",
        tracking=True,
    )
    resource_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        check_company=True,
        help="Clocks and working-day limits of the team's tickets run in these hours. "
        "Empty: in the hours of the company.",
    )
    accept_hours = fields.Float(
        string="Hours to Accept",
        default=1,
        help="Working hours within which somebody takes over what is escalated to the "
        "team. Then its lead is called, and after as long again the desk's managers. "
        "0: nobody else is called.",
    )
    location_id = fields.Many2one(
        comodel_name="stock.location",
        string="Stock of Consumables",
        domain="[('usage', '=', 'internal'), ('company_id', '=', company_id)]",
        check_company=True,
        help="Where the team takes what it gives out with tickets. Empty: the stock of "
        "the company's first warehouse.",
    )
    opens_alarms = fields.Boolean(
        string="Reports of Programs Open Tickets",
        default=True,
        help="Mails that programs send by themselves, as monitoring does. Nobody is "
        "answered. Otherwise they are kept under Received Mails.",
    )
    opens_newsletters = fields.Boolean(
        string="Newsletters Open Tickets",
        help="Otherwise they are kept under Received Mails.",
    )
    alias_warning = fields.Char(
        string="What the Address Lacks", compute="_compute_alias_warning"
    )
    lacks_hours = fields.Boolean(
        compute="_compute_lacks_hours",
        compute_sudo=True,
        help="The working hours of the team have no lines: nothing is ever due.",
    )
    ticket_ids = fields.One2many(
        comodel_name="itsm.ticket",
        inverse_name="team_id",
        string="Tickets",
    )
    open_ticket_count = fields.Integer(
        string="Open Tickets", compute="_compute_ticket_counts"
    )
    unowned_ticket_count = fields.Integer(
        string="Unowned Tickets", compute="_compute_ticket_counts"
    )

    wall_token = fields.Char(
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
        help="Part of the address of the wall board; whoever has it sees its numbers.",
    )
    can_show_wall = fields.Boolean(compute="_compute_can_show_wall")
    reviewed_month = fields.Date(
        copy=False,
        groups=fields.NO_ACCESS,
        export_string_translation=False,
        help="The last month for which the job opened a review of incidents.",
    )

    _accept_hours_positive = models.Constraint(
        "CHECK (accept_hours >= 0)", "The hours to accept cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "resource_calendar_id.attendance_ids",
        "company_id.resource_calendar_id.attendance_ids",
    )
    def _compute_lacks_hours(self):
        for team in self:
            calendar = team.resource_calendar_id or team.company_id.resource_calendar_id
            team.lacks_hours = not (
                calendar.flexible_hours or calendar._get_global_attendances()
            )

    @api.depends("leader_id", "deputy_id")
    @api.depends_context("uid")
    def _compute_can_show_wall(self):
        is_manager = self.env.user.has_group("itsm_desk.group_itsm_manager")
        for team in self:
            team.can_show_wall = (
                is_manager or self.env.user in team.leader_id | team.deputy_id
            )

    def _compute_ticket_counts(self):
        open_counts, unowned_counts = {}, {}
        for team, owner, count in self.env["itsm.ticket"]._read_group(
            [("team_id", "in", self.ids), ("state", "in", OPEN_STATES)],
            ["team_id", "user_id"],
            ["__count"],
        ):
            open_counts[team] = open_counts.get(team, 0) + count
            if not owner:
                unowned_counts[team] = count
        for team in self:
            team.open_ticket_count = open_counts.get(team._origin, 0)
            team.unowned_ticket_count = unowned_counts.get(team._origin, 0)

    @api.depends("alias_name", "alias_domain_id", "alias_status", "active")
    def _compute_alias_warning(self):
        for team in self:
            # sudo: managers of the desk read no details of aliases
            team = team.sudo()
            if not team.active:
                team.alias_warning = False
            elif not team.alias_name:
                team.alias_warning = self.env._(
                    "This team has no mail address: mail never becomes its tickets. "
                    "Type the part before the @."
                )
            elif not team.alias_domain_id:
                team.alias_warning = self.env._(
                    "The address has no domain, so that no mail reaches it. Choose one "
                    "after the @; administrators make them under Settings > General "
                    "Settings > Alias Domains."
                )
            elif team.alias_status == "invalid":
                team.alias_warning = self.env._(
                    "The last mail to this address could not be filed. See Received "
                    "Mails."
                )
            else:
                team.alias_warning = False

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("resource_calendar_id")
    def _check_resource_calendar_id(self):
        for team in self:
            calendar = team.resource_calendar_id
            if calendar.flexible_hours:
                raise ValidationError(
                    self.env._(
                        '%(team)s: "%(calendar)s" has flexible hours, in which no '
                        "deadline can be computed. Choose a calendar with fixed hours.",
                        team=team.name,
                        calendar=calendar.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        teams._forget_rules()
        return teams

    def write(self, vals):
        # Core writes the mail address with sudo for every holder of the access right,
        # also on teams that the record rules keep from them.
        self.check_access("write")
        if not PEOPLE.intersection(vals):
            return super().write(vals)
        before = self._get_people()
        result = super().write(vals)
        self._forget_rules()
        hand_on_activities(before - self._get_people())
        return result

    def unlink(self):
        people = self._get_people()
        result = super().unlink()
        self._forget_rules()
        hand_on_activities(people)
        return result

    @api.model
    @ormcache()
    def _get_followed(self):
        """Return the ids of the teams that somebody follows."""
        # sudo: who files a ticket may read neither the team nor its followers
        followers = self.env["mail.followers"].sudo()
        groups = followers._read_group([("res_model", "=", self._name)], ["res_id"])
        return frozenset(team_id for [team_id] in groups)

    def _get_people(self):
        """Return who reads what is written on tickets of the teams (users)."""
        # sudo: who is in a team, also of those who have left, is compared
        teams = self.sudo().with_context(active_test=False)
        return teams.leader_id | teams.deputy_id | teams.member_ids

    def _forget_rules(self):
        """Let the record rules be read again: they hold the teams of each user."""
        self.env.flush_all()
        self.env.registry.clear_cache()
        self.env["res.users"].invalidate_model(["itsm_team_ids"])

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_show_wall(self):
        """Open the wall board of the team, whose address works without a log-in."""
        team = self._check_wall()
        if not team.wall_token:
            team.wall_token = secrets.token_urlsafe(24)
        return {
            "type": "ir.actions.act_url",
            "url": f"/service-desk/wall/{team.id}/{team.wall_token}",
            "target": "new",
        }

    def action_renew_wall(self):
        """Give the wall board another address; the old one shows nothing any more."""
        self._check_wall().wall_token = secrets.token_urlsafe(24)
        return True

    def _check_wall(self):
        """Return the team in sudo, for a user who may show its board to others."""
        check_one(self)
        self.check_access("read")
        if not self.can_show_wall:
            raise AccessError(
                self.env._(
                    "%s: its lead, the deputy and managers of the service desk show "
                    "its wall board and renew the address.",
                    self.display_name,
                )
            )
        # sudo: the token is read and written by nobody; who may was asked above
        return self.sudo()

    def action_view_tickets(self):
        """Open the team's queue."""
        check_one(self)
        self.check_access("read")
        action = self.env["itsm.ticket"]._get_tickets_action(
            [("team_id", "=", self.id)]
        )
        return {**action, "context": {"search_default_open": 1}}

    # ------------------------------------------------------------
    # MAIL ALIAS
    # ------------------------------------------------------------

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("itsm.ticket")
        if self.id:
            defaults = literal_eval(self.alias_defaults or "{}")
            defaults["team_id"] = self.id
            defaults["company_id"] = self.company_id.id
            values["alias_defaults"] = defaults
        return values

    def _alias_get_error(self, message, message_dict, alias):
        error = super()._alias_get_error(message, message_dict, alias)
        known = message_dict.get("author_id")
        if error or known or not self or self.company_id.itsm_accept_unknown:
            return error
        return AliasError(
            "error_itsm_unknown_sender",
            self.env._(
                "The service desk answers known addresses only. Write from the "
                "address that your contact person has on record."
            ),
        )
