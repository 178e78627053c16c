import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_server_act, server_create, server_write
from ..event.recording import get_moment, get_person
from ..form.itsm_form_answer import get_payload, read_answers, store_answers
from ..search.indexing import touch

WRITTEN_FIELDS = ("cause", "action_taken", "resolution_code_id", "solution")
"""What whoever works on a ticket writes into the handling form."""


# ------------------------------------------------------------
# STEPS THAT FOLLOW FROM THOSE OF THE TICKET
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def get_drafts(tickets):
    """Return the attempts that are being written, made new where there is none."""
    # sudo: nobody creates attempts; whoever works on a ticket was judged by the caller
    tickets = tickets.sudo()
    drafts = tickets.handling_id.filtered(lambda one: one.state == "draft")
    without = tickets - drafts.ticket_id
    if without:
        # The one before has left its place in the unique index of drafts.
        drafts.flush_model(["state"])
        counts = {
            ticket.id: count
            for ticket, count in drafts._read_group(
                [("ticket_id", "in", without.ids)], ["ticket_id"], ["__count"]
            )
        }
        drafts |= server_create(
            drafts.browse(),
            [
                {
                    "ticket_id": ticket.id,
                    "company_id": ticket.company_id.id,
                    "number": counts.get(ticket.id, 0) + 1,
                    "begun_at": get_moment(),
                }
                for ticket in without
            ],
        )
    return drafts


def freeze_solved(tickets):
    """Freeze the newest attempt of solved tickets; the acting user solved them."""
    user = tickets.env.user
    server_write(
        # sudo: the solution is handed over by the step of the ticket
        tickets.sudo().handling_id,
        {
            "state": "solved",
            "solved_by_id": user.id,
            "solver_partner_id": user.partner_id.id,
            "solved_at": get_moment(),
            "link_secret": secrets.token_hex(16),
        },
    )


def refuse_solved(tickets):
    """Mark the newest attempt as refused, with the ticket's reason; begin another."""
    person = get_person(tickets.env)
    # sudo: the requester, who refuses, has no rights on attempts
    for reason, group in tickets.sudo().grouped("reopen_reason").items():
        server_write(
            group.handling_id.filtered(lambda one: one.state == "solved"),
            {
                "state": "refused",
                "refused_at": get_moment(),
                "refused_by_id": person.id,
                "refusal_reason": reason,
            },
        )
    get_drafts(tickets)


class ItsmHandling(models.Model):
    """One attempt to solve a ticket, as the handling form says it.

    States: draft -> solved -> refused. The newest attempt of a ticket is shown on it.
    It is written while the ticket is being worked on, frozen when the solution is
    told, and marked as refused when the ticket is reopened: then another attempt
    begins, and the refused one keeps solver, times and text.

    ========  ======================================  =======================
    Right     Who                                     Restriction
    ========  ======================================  =======================
    read      requester, readers of the ticket        of the company
    create    the server, when something is written
    write     owner, collaborators, lead, manager     draft, ticket open
    delete    nobody
    ========  ======================================  =======================

    Steps follow from those of the ticket and are never taken here.
    """

    _name = "itsm.handling"
    _inherit = "itsm.flow.mixin"
    _description = "Solution Attempt"
    _order = "id desc"
    _rec_names_search = ["ticket_id.name"]
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "draft": {"solved"},
        "solved": {"refused"},
        "refused": set(),
    }
    _flow_verbs = {"solved": "solve", "refused": "refuse"}
    _flow_system_fields = frozenset(
        {
            "ticket_id",
            "company_id",
            "number",
            "begun_at",
            "solved_by_id",
            "solver_partner_id",
            "solved_at",
            "refused_at",
            "refused_by_id",
            "refusal_reason",
            "link_secret",
        }
    )
    _flow_content_fields = frozenset({*WRITTEN_FIELDS, "work_line_ids", "answers"})
    _flow_content_states = frozenset({"draft"})
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        copy=False,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    number = fields.Integer(
        string="Attempt", readonly=True, aggregator=None, copy=False
    )
    state = fields.Selection(
        selection=[
            ("draft", "In Work"),
            ("solved", "Solution Told"),
            ("refused", "Refused"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )

    # What was found and done
    cause = fields.Text()
    action_taken = fields.Text()
    resolution_code_id = fields.Many2one(
        comodel_name="itsm.resolution.code",
        index="btree_not_null",
        check_company=True,
    )
    solution = fields.Html(
        sanitize=True,
        help="What the requester is told; the base of a knowledge article.",
    )
    work_line_ids = fields.One2many(
        comodel_name="itsm.work.line",
        inverse_name="handling_id",
        string="Work",
        copy=False,
    )
    answer_ids = fields.One2many(
        comodel_name="itsm.form.answer",
        inverse_name="handling_id",
        string="Answers of the Form",
        readonly=True,
        copy=False,
    )
    answers = fields.Json(
        string="Form of the Category",
        compute="_compute_answers",
        inverse="_inverse_answers",
        copy=False,
    )
    minutes_spent = fields.Integer(
        string="Minutes",
        compute="_compute_minutes_spent",
        store=True,
        aggregator="sum",
        help="Sum of the work in this attempt.",
    )
    parts_used = fields.Text(string="Parts", compute="_compute_parts_used")

    begun_at = fields.Datetime(string="Begun on", readonly=True, copy=False)

    # How it ended
    solved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Solved by",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    solver_partner_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        copy=False,
        export_string_translation=False,
    )
    solved_at = fields.Datetime(string="Solved on", readonly=True, copy=False)
    refused_at = fields.Datetime(string="Refused on", readonly=True, copy=False)
    refused_by_id = fields.Many2one(
        comodel_name="res.partner", string="Refused by", readonly=True, copy=False
    )
    refusal_reason = fields.Text(
        string="Reason of the Refusal", readonly=True, copy=False
    )
    link_secret = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="What the link that signs off the solution is made of, beside the secret "
        "of the database.",
    )

    # Of the ticket, for lists, filters and reports
    team_id = fields.Many2one(related="ticket_id.team_id")
    service_id = fields.Many2one(related="ticket_id.service_id")
    category_id = fields.Many2one(related="ticket_id.category_id")

    _number_uniq = models.UniqueIndex(
        "(ticket_id, number)", "Each attempt of a ticket has a number of its own."
    )
    _draft_uniq = models.UniqueIndex(
        "(ticket_id) WHERE state = 'draft'",
        "A ticket has one attempt in work; finish it first.",
    )
    _solved_idx = models.Index("(company_id, solved_at) WHERE solved_at IS NOT NULL")
    # Second repairs of a day.
    _begun_idx = models.Index("(company_id, COALESCE(begun_at, create_date))")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id.name", "number")
    def _compute_display_name(self):
        for handling in self:
            # sudo: the name of an attempt is that of its ticket
            name = handling.sudo().ticket_id.name
            handling.display_name = f"{name} / {handling.number}"

    @api.depends("state", "answer_ids", "ticket_id.category_id")
    def _compute_answers(self):
        for handling in self:
            # sudo: whoever reads an attempt reads its form
            found = handling.sudo()
            handling.answers = get_payload(
                found.ticket_id._get_handling_questions(),
                found.answer_ids,
                found.ticket_id._get_own_equipment(),
                is_open=found.state == "draft",
            )

    def _inverse_answers(self):
        for handling in self:
            # sudo: who may write was judged on the attempt; answers are the server's
            found = handling.sudo()
            ticket = found.ticket_id
            questions = ticket._get_handling_questions()
            values = read_answers(
                questions, handling.answers, ticket._get_own_equipment()
            )
            store_answers(ticket, questions, values, handling=found)
            handling.invalidate_recordset(["answers", "answer_ids"])

    @api.depends("work_line_ids.minutes")
    def _compute_minutes_spent(self):
        for handling in self:
            handling.minutes_spent = sum(handling.work_line_ids.mapped("minutes"))

    @api.depends("work_line_ids.parts")
    def _compute_parts_used(self):
        for handling in self:
            parts = handling.work_line_ids.sorted("id").mapped("parts")
            handling.parts_used = "\n".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(
                self.env._(
                    "An attempt begins by itself when somebody fills in the handling "
                    "form of a ticket."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self._flow_is_system():
            # sudo: the rules of the ticket judge the acting user
            self.sudo().ticket_id._check_handled()
        result = super().write(vals)
        # sudo: which ticket it is does not depend on who writes
        touch(self.env, self.sudo().ticket_id.ids)
        return result

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _get_cannot_solve_reason(self):
        if is_server_act(self):
            return {}
        text = self.env._('it is handed over by "Solve" of its ticket.')
        return dict.fromkeys(self.ids, text)

    def _get_cannot_refuse_reason(self):
        if is_server_act(self):
            return {}
        text = self.env._("it is refused by its requester, on the ticket.")
        return dict.fromkeys(self.ids, text)
