from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...tools import search_words
from ...tools.one_record import check_one
from ..base.grants import server_create, server_write

MOST_KNOWN = 3
SHARED_WORDS = 2
"""So many words of a ticket without the same service are those of a known error."""


def set_problem(ticket, problem):
    """Note that a problem, or none, is behind a ticket."""
    # sudo: the link is written by the verbs of the ticket alone, which judged
    server_write(ticket.sudo(), {"problem_id": problem.id})


class ItsmCausedMixin(models.AbstractModel):
    """A ticket and the problem behind it, and the known errors that it looks like."""

    _name = "itsm.caused.mixin"
    _description = "Caused by a Problem"

    problem_id = fields.Many2one(
        comodel_name="itsm.problem",
        string="Problem",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
        help="The cause behind it, which other tickets may have, too.",
    )
    known_error_ids = fields.Many2many(
        comodel_name="itsm.problem",
        string="Known Errors",
        compute="_compute_known_error_ids",
        groups="itsm_desk.group_itsm_technician",
        help="Problems with a workaround that it looks like: by service and words.",
    )
    can_link_problem = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("subject", "service_id", "equipment_ids", "problem_id", "state")
    def _compute_known_error_ids(self):
        problems = self.env["itsm.problem"]
        known = problems.search(
            [
                ("state", "in", ("known_error", "fixing")),
                ("company_id", "in", self.company_id.ids),
            ],
            limit=500,
        )
        texts = {problem: problem._get_words() for problem in known}
        words = self._make_word_sets(
            [*texts.values(), *(ticket.subject or "" for ticket in self)]
        )
        for ticket in self:
            mine = words[ticket.subject or ""]
            found = problems
            if not ticket.problem_id and ticket.state not in ("closed", "cancelled"):
                ranks = {
                    problem: ticket._rank_known_error(problem, mine & words[text])
                    for problem, text in texts.items()
                    if problem.company_id == ticket.company_id
                }
                best = sorted(ranks, key=ranks.get, reverse=True)[:MOST_KNOWN]
                found = problems.union(*(item for item in best if ranks[item]))
            ticket.known_error_ids = found

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_problem(self):
        """Open a new problem behind the ticket; the one that is there."""
        check_one(self)
        self.check_access("read")
        problem = self.problem_id
        if not problem:
            self._flow_check_can("link_problem")
            self.env["itsm.problem"].check_access("create")
            problem = server_create(
                self.env["itsm.problem"],
                {
                    "subject": self.subject,
                    "description": self.description,
                    "priority": self.priority,
                    "service_id": self.service_id.id,
                    "category_id": self.category_id.id,
                    "equipment_ids": [Command.set(self.equipment_ids.ids)],
                    "team_id": self.team_id.id,
                    "company_id": self.company_id.id,
                    "user_id": self.env.uid,
                },
            )
            set_problem(self, problem)
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.problem",
            "res_id": problem.id,
            "views": [(False, "form")],
        }

    def action_link_problem(self, problem_id):
        """Note that a known problem is behind the ticket."""
        check_one(self)
        self.check_access("read")
        problem = self._browse_argument("itsm.problem", problem_id)
        if not problem:
            raise UserError(self.env._("Choose a problem of the list."))
        self._flow_check_can("link_problem")
        if problem.state == "closed" or problem.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%s is closed or of another company. Open a new problem, which "
                    "may name it.",
                    problem._flow_names(),
                )
            )
        set_problem(self, problem)
        return True

    def action_unlink_problem(self):
        """Note that the problem is not behind the ticket after all."""
        check_one(self)
        self.check_access("read")
        self._flow_check_can("link_problem")
        set_problem(self, self.env["itsm.problem"])
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_link_problem_reason(self):
        return self._get_cannot_handle_reason()

    @api.model
    def _make_word_sets(self, texts):
        """Return ``{text: set of terms}``, stems of all of them at once."""
        wanted = set(texts)
        stems = self.env["itsm.article"]._get_stems(
            search_words.find_words("\n".join(wanted))
        )
        return {text: set(search_words.make_terms(text, stems)) for text in wanted}

    def _rank_known_error(self, problem, shared):
        """Return how well a problem fits (0: not at all) by service and words."""
        same = problem.service_id and problem.service_id == self.service_id
        same_thing = problem.equipment_ids & self.equipment_ids
        if not shared or not (same or same_thing or len(shared) >= SHARED_WORDS):
            return 0
        return len(shared) + 2 * bool(same) + 3 * bool(same_thing)
