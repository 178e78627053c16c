from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.selections import OPEN_STATES
from .itsm_form_answer import get_payload, name_faults, read_answers, store_answers


class ItsmFormMixin(models.AbstractModel):
    """A ticket with the form of its service and the form of its category.

    The first is answered by whoever files: what is required is asked of a requester
    before there is a ticket, while the desk, which files during a call, may ask for it
    afterwards. The second is answered by whoever works on it, and complete before it is
    solved; its answers lie on the attempt and are frozen with it.

    ``request_answers`` and ``handling_answers`` take ``{question id: value}``.
    """

    _name = "itsm.form.mixin"
    _description = "Asked by Forms"

    request_hint = fields.Text(
        string="What to Tell Us", compute="_compute_request_hint", compute_sudo=True
    )
    request_answer_ids = fields.One2many(
        comodel_name="itsm.form.answer",
        string="Answers of the Requester",
        compute="_compute_request_answer_ids",
    )
    request_answers = fields.Json(
        string="Answers",
        compute="_compute_request_answers",
        inverse="_inverse_request_answers",
        copy=False,
    )
    request_missing = fields.Char(
        string="Still to Be Asked",
        compute="_compute_request_missing",
        help="What the form of the service needs and the requester was not asked yet.",
        groups="itsm_desk.group_itsm_technician",
    )
    solve_missing = fields.Char(
        string="Still to Be Filled in",
        compute="_compute_solve_missing",
        help="What the handling form needs before the ticket is solved.",
        groups="itsm_desk.group_itsm_technician",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("service_id")
    def _compute_request_hint(self):
        for ticket in self:
            ticket.request_hint = ticket.service_id.request_hint

    def _compute_request_answer_ids(self):
        rows = self.env["itsm.form.answer"].search(
            [("ticket_id", "in", self.ids), ("handling_id", "=", False)]
        )
        by_ticket = rows.grouped("ticket_id")
        for ticket in self:
            ticket.request_answer_ids = by_ticket.get(ticket._origin, False)

    @api.depends("state")
    def _compute_request_answers(self):
        for ticket in self:
            # sudo: requesters read what they answered, and their equipment
            found = ticket.sudo()
            ticket.request_answers = get_payload(
                found._get_request_questions(),
                found.request_answer_ids,
                found._get_own_equipment(),
                is_open=found.state in OPEN_STATES,
            )

    def _compute_request_missing(self):
        for ticket in self:
            is_open = ticket.state in OPEN_STATES
            names = ticket._find_missing_request_answers() if is_open else []
            ticket.request_missing = format_list(self.env, names) if names else False

    @api.depends(
        *("state", "cause", "action_taken", "minutes_spent", "resolution_code_id"),
        *("imac_kind", "ticket_type", "service_id", "equipment_change_ids"),
    )
    def _compute_solve_missing(self):
        for ticket in self:
            names = (
                ticket._flow_find_missing("solved", ticket.state, {})
                if ticket.state in ("assigned", "in_progress", "pending")
                else []
            )
            ticket.solve_missing = format_list(self.env, names) if names else False

    # ------------------------------------------------------------
    # INVERSE METHODS
    # ------------------------------------------------------------

    def _inverse_request_answers(self):
        for ticket in self:
            # sudo: who may write was judged on the ticket; answers are the server's
            found = ticket.sudo()
            questions = found._get_request_questions()
            given = ticket.request_answers
            equipment = found._get_own_equipment()
            store_answers(found, questions, read_answers(questions, given, equipment))
            ticket.invalidate_recordset(
                ["request_answers", "request_answer_ids", "request_missing"]
            )
            found._link_equipment()

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("service_id", "partner_id")
    def _onchange_request_answers(self):
        """Show the questions of the service, with what was answered to them before."""
        for ticket in self:
            known = ticket.request_answers or {}
            # sudo: as in the compute method
            found = ticket.sudo()
            questions = found._get_request_questions()
            payload = get_payload(
                questions, found.request_answer_ids, found._get_own_equipment()
            )
            kept = set(map(str, questions.ids))
            payload["answers"].update(
                (key, value)
                for key, value in (known.get("answers") or {}).items()
                if key in kept
            )
            ticket.request_answers = payload

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send(self):
        """Say what becomes of a ticket that was just filed; saving it filed it."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s was sent. You follow it here, and sign off its solution.",
                    self.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_request_questions(self):
        self.ensure_one()
        return self.service_id.request_form_id.filtered("active").question_ids

    def _get_handling_questions(self):
        self.ensure_one()
        return self.category_id._get_handling_form().question_ids

    def _get_own_equipment(self):
        """Return the equipment of the requester, as the register says it.

        Somebody who is no technician names his own, whoever asks.
        """
        self.ensure_one()
        partner = self.partner_id
        user = self.env.user
        if not user.has_group("itsm_desk.group_itsm_technician") and not self._origin:
            partner = partner._origin & user.partner_id
        return self.env["maintenance.equipment"].search(
            [
                ("company_id", "in", [False, self.company_id.id]),
                ("owner_user_id.partner_id", "=", partner._origin.id),
            ]
            if partner
            else [(0, "=", 1)]
        )

    def _link_equipment(self):
        """Let equipment that an answer names be equipment of the ticket."""
        named = self.request_answer_ids.equipment_id - self.equipment_ids
        if named:
            server_write(
                self, {"equipment_ids": [fields.Command.link(one.id) for one in named]}
            )

    def _check_request_answers(self):
        """Refuse what requesters file without the answers that a service needs.

        A ticket that takes up another one was asked about already.
        """
        for ticket in self.filtered(
            lambda one: one.channel == "portal" and not one.parent_id
        ):
            if names := ticket._find_missing_request_answers():
                raise UserError(
                    self.env._(
                        "%(service)s: these questions need an answer before it is "
                        "sent: %(questions)s.",
                        # sudo: whoever files by a link may read no services
                        service=ticket.sudo().service_id.name,
                        questions=format_list(
                            self.env, [f'"{name}"' for name in names]
                        ),
                    )
                )

    def _find_missing_request_answers(self):
        self.ensure_one()
        # sudo: what is missing does not depend on who looks
        found = self.sudo()
        questions = found._get_request_questions()
        if not questions:
            return []
        values = {
            row.question_id.id: row._get_value() for row in found.request_answer_ids
        }
        return name_faults(questions, values, found)

    def _find_missing_handling(self):
        """Return what the handling form of the category needs before a solution."""
        missing = []
        for ticket in self:
            # sudo: what the category asks does not depend on who solves it
            found = ticket.sudo()
            draft = found.handling_id.filtered(lambda one: one.state == "draft")
            values = {row.question_id.id: row._get_value() for row in draft.answer_ids}
            for name in name_faults(found._get_handling_questions(), values, found):
                if name not in missing:
                    missing.append(name)
        return missing

    def _get_answer_texts(self):
        """Return ``{ticket id: {question asked: how its answer reads}}``."""
        # sudo: whoever writes a ticket may say what was changed
        found = self.sudo()
        return {
            ticket.id: {row.label: row._get_text() for row in ticket.request_answer_ids}
            for ticket in found
        }

    @contextmanager
    def _logging_answers(self, vals):
        """Note in the chatter how the block, which writes ``vals``, changes answers."""
        is_answered = "request_answers" in vals
        before = self._get_answer_texts() if is_answered else {}
        yield
        if "service_id" in vals:
            self.invalidate_recordset(["request_answers", "request_missing"])
        if is_answered:
            self._log_changed_answers(before)

    def _log_changed_answers(self, before):
        """Note in the history which answers of the requester the desk changed.

        :param dict before: as of :meth:`_get_answer_texts`
        """
        for ticket in self:
            now = ticket._get_answer_texts()[ticket.id]
            was = before.get(ticket.id, {})
            lines = [
                self.env._(
                    '%(question)s: "%(before)s" became "%(now)s"',
                    question=label,
                    before=was.get(label, ""),
                    now=now.get(label, ""),
                )
                for label in dict.fromkeys([*was, *now])
                if was.get(label, "") != now.get(label, "")
            ]
            if lines:
                ticket._message_log(body=Markup("<br/>").join(lines))
