from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import is_server_act
from ..base.uninstall import guards_deletion
from .itsm_handling import get_drafts

PLACES = [("remote", "Remote"), ("on_site", "On site")]


class ItsmWorkLine(models.Model):
    """Work of one person on a ticket: when, where, how long, with which parts.

    A line belongs to the attempt in work, is written by whoever did the work or by the
    lead, and is frozen with its attempt.
    """

    _name = "itsm.work.line"
    _description = "Work on a Ticket"
    _order = "at desc, id desc"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    handling_id = fields.Many2one(
        comodel_name="itsm.handling",
        string="Attempt",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        default=lambda self: self.env.user,
        index=True,
        domain="[('share', '=', False)]",
        help="Empty where the time is over for which personal figures are kept.",
    )
    at = fields.Datetime(
        string="When",
        required=True,
        default=lambda self: fields.Datetime.now(),
        index=True,
        help="When the work was done.",
    )
    minutes = fields.Integer(required=True, aggregator="sum")
    place = fields.Selection(
        selection=PLACES, required=True, default=lambda self: self._default_place()
    )
    parts = fields.Char(help="Parts and material that were used.")
    note = fields.Char(string="What Was Done")
    is_frozen = fields.Boolean(compute="_compute_is_frozen")
    click_key = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        export_string_translation=False,
        help="Of one opening of a vendor's page and what was typed: sent twice, it is "
        "one line.",
    )

    _click_uniq = models.UniqueIndex("(click_key) WHERE click_key IS NOT NULL")

    _minutes_positive = models.Constraint(
        "CHECK (minutes >= 0)",
        "Minutes cannot be negative.",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_place(self):
        ticket_id = self.env.context.get("default_ticket_id")
        ticket = self.env["itsm.ticket"].browse(ticket_id or [])
        return ticket.place or "remote"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("handling_id", "minutes")
    def _compute_display_name(self):
        for line in self:
            # sudo: the name of the work is that of its ticket
            name = line.sudo().handling_id.display_name or ""
            line.display_name = self.env._(
                "%(attempt)s: %(minutes)s min", attempt=name, minutes=line.minutes
            )

    @api.depends("handling_id.state")
    def _compute_is_frozen(self):
        for line in self:
            line.is_frozen = (
                bool(line.handling_id) and line.handling_id.state != "draft"
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("at", "user_id", "ticket_id", "handling_id")
    def _check_work(self):
        now = fields.Datetime.now()
        # sudo: whoever writes the line may not read all of its ticket
        for line in self.sudo():
            if line.at > now:
                raise UserError(
                    self.env._(
                        "%(ticket)s: work is written down when it is done; "
                        "%(moment)s is to come.",
                        ticket=line.ticket_id.name,
                        moment=line.at,
                    )
                )
            if is_server_act(line):
                continue
            if not line.user_id or not line.ticket_id._is_workforce(line.user_id):
                raise UserError(
                    self.env._(
                        "%(ticket)s: %(name)s does not work on it. Its owner calls "
                        "people in as collaborators.",
                        ticket=line.ticket_id.name,
                        name=line.user_id.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Defaults come from the caller too: by its context, or stored by the user.
        defaults = self.default_get(["ticket_id", "handling_id"])
        values = [{**defaults, **vals} for vals in vals_list]
        handlings = self.env["itsm.handling"]
        for vals in values:
            if not vals.get("ticket_id"):
                # sudo: of an attempt whose rules judge the acting user below
                handling = handlings.sudo().browse(vals.get("handling_id") or [])
                vals["ticket_id"] = handling.ticket_id.id
        tickets = self.env["itsm.ticket"].browse({vals["ticket_id"] for vals in values})
        # sudo: the rules of the ticket judge the acting user
        tickets.sudo()._check_handled()
        drafts = {one.ticket_id.id: one for one in get_drafts(tickets)}
        for vals in values:
            draft = drafts[vals["ticket_id"]]
            given = handlings.browse(vals.get("handling_id") or draft.id)
            if given != draft:
                raise self._frozen_error(given)
            vals.update(handling_id=draft.id, company_id=draft.company_id.id)
        lines = super().create(values)
        lines._check_own()
        return lines

    def write(self, vals):
        if is_server_act(self):
            return super().write(vals)
        self._check_frozen()
        self._check_own()
        if {"ticket_id", "handling_id", "company_id"}.intersection(vals):
            raise AccessError(self.env._("Work stays with the ticket it was done on."))
        result = super().write(vals)
        self._check_own()
        return result

    @guards_deletion
    def _unlink_except_frozen(self):
        self._check_frozen()
        self._check_own()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_frozen(self):
        """Refuse changes of what was handed over with a solution."""
        # sudo: whether it is frozen does not depend on the reader
        lines = self.sudo()
        frozen = lines.filtered("is_frozen")
        if frozen:
            raise self._frozen_error(frozen.handling_id)
        lines.ticket_id._check_handled()

    def _frozen_error(self, handlings):
        return UserError(
            self.env._(
                "%s: the work was handed over with a solution and is not changed any "
                "more.",
                handlings._flow_names(),
            )
        )

    def _check_own(self):
        """Refuse the work of others, but to the lead."""
        if self.env.uid == SUPERUSER_ID:
            return
        user = self.env.user
        # sudo: who leads the team does not depend on the reader
        for line in self.sudo():
            if line.user_id != user and not line.ticket_id._is_lead(user):
                raise AccessError(
                    self.env._(
                        "%(ticket)s: this is the work of %(name)s, who writes it down, "
                        "or the team's lead does.",
                        ticket=line.ticket_id.name,
                        name=line.user_id.name,
                    )
                )
