from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.one_record import check_one
from ..base.grants import is_server_act, server_write
from ..base.selections import PRIORITIES
from ..base.uninstall import guards_deletion

TOLD_DAYS = 90
"""Requesters of tickets that ended longer ago are not written to any more."""


class ItsmProblem(models.Model):
    """The cause behind several tickets: found once, worked around, taken away.

    States: new -> being analysed -> known error -> being fixed -> closed. A known error
    has a workaround, which technicians see on similar tickets. Closing tells the
    requesters of its tickets.

    ===========  ===============================  ==============================
    Right        Who                              Restriction
    ===========  ===============================  ==============================
    read         technicians, quality, managers   of the company
    create       technicians                      also from a ticket
    write, step  its owner, the team's lead,      not once it is closed
                 managers
    link ticket  who handles the ticket           an open problem
    delete       managers                         new, without tickets
    ===========  ===============================  ==============================
    """

    _name = "itsm.problem"
    _description = "Problem"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "priority desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "new": {"analysing", "known_error", "closed"},
        "analysing": {"known_error", "fixing", "closed"},
        "known_error": {"fixing", "closed", "analysing"},
        "fixing": {"known_error", "closed"},
        "closed": set(),
    }
    _flow_verbs = {
        "analysing": "analyse",
        "known_error": "known_error",
        "fixing": "fix",
        "closed": "close",
    }
    _flow_required = {
        "known_error": ("root_cause", "workaround"),
        "fixing": ("root_cause",),
        "closed": ("root_cause", "solution"),
    }
    _flow_system_fields = frozenset({"name", "ticket_ids", "known_at", "closed_at"})
    _flow_content_fields = frozenset(
        {
            "subject",
            "description",
            "priority",
            "service_id",
            "category_id",
            "equipment_ids",
            "team_id",
            "user_id",
            "root_cause",
            "workaround",
            "solution",
            "article_id",
            "company_id",
        }
    )
    _flow_content_states = frozenset({"new", "analysing", "known_error", "fixing"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What it is
    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
    )
    subject = fields.Char(required=True, tracking=True)
    description = fields.Html(sanitize=True)
    priority = fields.Selection(
        selection=PRIORITIES, required=True, default="1", tracking=True
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service", check_company=True, index="btree_not_null"
    )
    category_id = fields.Many2one(
        comodel_name="itsm.category", check_company=True, index="btree_not_null"
    )
    equipment_ids = fields.Many2many(
        comodel_name="maintenance.equipment",
        relation="itsm_problem_equipment_rel",
        column1="problem_id",
        column2="equipment_id",
        string="Equipment",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # Who answers for it
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        check_company=True,
        index="btree_not_null",
        help="Its lead may write on the problem, too.",
    )

    # Where it stands
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("analysing", "Being Analysed"),
            ("known_error", "Known Error"),
            ("fixing", "Being Fixed"),
            ("closed", "Closed"),
        ],
        required=True,
        default="new",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    root_cause = fields.Text(copy=False)
    workaround = fields.Text(
        copy=False,
        help="What helps until it is fixed; technicians see it on similar tickets.",
    )
    solution = fields.Text(
        copy=False,
        help="What took the cause away. The requesters of its tickets read this "
        "sentence when the problem is closed.",
    )
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        string="Article",
        check_company=True,
        index="btree_not_null",
        help="Where it is told at length.",
    )
    known_at = fields.Datetime(string="Known Since", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)

    # What it has caused
    ticket_ids = fields.One2many(
        comodel_name="itsm.ticket",
        inverse_name="problem_id",
        string="Tickets",
        readonly=True,
        copy=False,
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count", compute_sudo=True)
    minutes_spent = fields.Integer(
        string="Minutes Spent",
        compute="_compute_ticket_count",
        compute_sudo=True,
        help="On all of its tickets.",
    )

    # What the acting user may do now
    can_analyse = fields.Boolean(compute="_compute_flow_can")
    can_known_error = fields.Boolean(compute="_compute_flow_can")
    can_fix = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")
    can_edit = fields.Boolean(compute="_compute_flow_can")

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "A problem with this number exists already.",
    )
    _known_idx = models.Index(
        "(company_id, service_id) WHERE state IN ('known_error', 'fixing')"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "user_id", "team_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for problem in self:
            problem.display_name = (
                f"{problem.name} {problem.subject or ''}"
                if problem.name != "/"
                else problem.subject
            )

    @api.depends("ticket_ids.minutes_in_all")
    def _compute_ticket_count(self):
        rows = self.env["itsm.ticket"]._read_group(
            [("problem_id", "in", self.ids)],
            ["problem_id"],
            ["__count", "minutes_in_all:sum"],
        )
        found = {problem.id: (count, minutes) for problem, count, minutes in rows}
        for problem in self:
            count, minutes = found.get(problem._origin.id, (0, 0))
            problem.ticket_count = count
            problem.minutes_spent = minutes

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            {key: val for key, val in vals.items() if (key, val) != ("name", "/")}
            for vals in vals_list
        ]
        problems = super().create(vals_list)
        # sudo: sequences are not readable by technicians
        sequences = self.env["ir.sequence"].sudo()
        for problem in problems:
            company = problem.company_id
            number = sequences.with_company(company).next_by_code("itsm.problem")
            # sudo: the number is given by the procedure
            server_write(problem.sudo(), {"name": number or "/"})
        return problems

    def write(self, vals):
        if self._flow_changes_content(vals):
            self._check_writer()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_caused(self):
        if kept := self.filtered("ticket_ids"):
            raise UserError(
                self.env._(
                    "%s: tickets name it, so it is kept. Close it instead.",
                    kept._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_analyse(self):
        """Look for the cause; also again, where the known one was not it."""
        return self._take_step("analysing")

    def action_known_error(self):
        """Cause and workaround are known; technicians see them from now on."""
        return self._take_step("known_error")

    def action_fix(self):
        """Take the cause away."""
        return self._take_step("fixing")

    def action_close(self):
        """It is fixed; the requesters of its tickets are told."""
        return self._take_step("closed")

    def action_view_tickets(self):
        """Open the tickets that it caused."""
        check_one(self)
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("problem_id", "in", self.ids)]
        )

    def action_link_to_ticket(self):
        """Note that it is behind the ticket in whose form it was chosen."""
        check_one(self)
        self.check_access("read")
        tickets = self.env["itsm.ticket"]
        ticket = tickets._browse_argument(
            "itsm.ticket", self.env.context.get("itsm_ticket_id")
        )
        if not ticket:
            raise UserError(self.env._("Open the ticket and choose the problem there."))
        return ticket.action_link_problem(self.id)

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _flow_get_reasons(self, verb):
        if is_server_act(self):
            return {}
        return super()._flow_get_reasons(verb)

    def _get_cannot_edit_reason(self):
        user = self.env.user
        is_manager = self._flow_user_in("itsm_desk.group_itsm_manager")
        return {
            problem.id: self.env._(
                "%s owns it; the lead of its team and managers may write on it, too.",
                problem.user_id.name,
            )
            for problem in self
            if not (is_manager or user in problem.user_id | problem.team_id.leader_id)
        }

    def _get_cannot_analyse_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_known_error_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_fix_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_close_reason(self):
        return self._get_cannot_edit_reason()

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: what follows from a step is not its taker's to choose
        return self.sudo()

    def _on_enter_known_error(self, origins):
        fresh = self.filtered(lambda problem: not problem.known_at)
        server_write(fresh, {"known_at": fields.Datetime.now()})

    def _on_enter_closed(self, origins):
        now = fields.Datetime.now()
        server_write(self, {"closed_at": now})
        since = fields.Datetime.subtract(now, days=TOLD_DAYS)
        for problem in self:
            told = problem.ticket_ids.filtered(
                lambda ticket: (
                    ticket.state not in ("refused", "cancelled")
                    and not ticket.is_history
                    and (not ticket.closed_at or ticket.closed_at >= since)
                )
            )
            told._post_to_requester("problem_closed", needs=("partner_id",))
            problem._message_log(
                body=self.env._("The requesters of %s tickets were told.", len(told))
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_writer(self):
        """Refuse who neither owns it nor leads."""
        if reasons := self._get_cannot_edit_reason():
            problem = self.browse(next(iter(reasons)))
            # pylint: disable=translation-required
            raise AccessError(f"{problem._flow_names()}: {reasons[problem.id]}")

    def _get_words(self):
        """Return the text by which similar tickets are known."""
        self.ensure_one()
        return "\n".join(
            filter(None, [self.subject, *self.ticket_ids.mapped("subject")])
        )
