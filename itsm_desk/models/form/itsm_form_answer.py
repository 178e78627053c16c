import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list, formatLang

from ...tools.form_answers import find_faults, is_asked, read_value
from ...tools.typed_number import read_number
from ...tools.upload import MAX_FILE_BYTES, clean_name
from ..base.grants import (
    server_create,
    server_unlink,
    server_write,
)
from .itsm_form_question import QUESTION_KINDS

VALUE_FIELDS = {
    "text": "value_text",
    "long_text": "value_text",
    "choice": "option_id",
    "yes_no": "value_yes",
    "number": "value_number",
    "date": "value_date",
    "equipment": "equipment_id",
    "file": "attachment_id",
}
"""``{kind of question: column of its answer}``"""


# ------------------------------------------------------------
# READING AND STORING
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def read_answers(questions, given, equipment):
    """Return ``{question id: value}`` of what a client sent as answers.

    :param questions: the questions that are asked
    :param given: dict of values by question id, or one with such a dict as ``answers``
    :param equipment: what may be named
    :raise UserError: naming every answer that is none of its kind
    """
    env = questions.env
    if isinstance(given, dict) and isinstance(given.get("answers"), dict):
        given = given["answers"]
    if not isinstance(given or {}, dict):
        raise UserError(env._("Answers are given by question."))
    if not set(map(read_number, given or {})).issubset(questions.ids):
        raise UserError(
            env._("The form was changed in the meantime. Open it again and answer.")
        )
    values, wrong = _read_each(questions, given or {}, equipment)
    if wrong:
        labels = dict(questions._fields["kind"]._description_selection(env))
        raise UserError(
            env._(
                "These answers do not fit: %s.",
                format_list(
                    env,
                    [
                        f'"{one.name}" ({labels[one.kind]})'
                        for one in questions
                        if one.id in wrong
                    ],
                ),
            )
        )
    return values


def _read_each(questions, given, equipment):
    """Return ``({question id: value}, {ids of answers of another kind})``."""
    rules = {rule.id: rule for rule in questions._get_rules(equipment.ids)}
    values, wrong = {}, set()
    for key, value in given.items():
        rule = rules[read_number(key)]
        try:
            values[rule.id] = read_value(rule, value)
        except ValueError:
            wrong.add(rule.id)
    return values, wrong


def say_faults(questions, given, equipment):
    """Return ``{question id: what is wrong with its answer}``, in their order.

    For a page, which says it beside the question; the ticket refuses the same.

    :param dict given: values by question id, as a page sends them
    :param equipment: what may be named
    """
    env = questions.env
    values, wrong = _read_each(questions, given, equipment)
    rules = questions._get_rules(equipment.ids)
    faults = dict.fromkeys(wrong, "unfit") | {
        id_: fault for id_, fault in find_faults(rules, values) if id_ not in wrong
    }
    kinds = dict(questions._fields["kind"]._description_selection(env))
    texts = {
        "missing": lambda one: env._('"%s" needs an answer.', one.name),
        "short": lambda one: env._(
            '"%(question)s" needs at least %(count)s characters.',
            question=one.name,
            count=one.min_length,
        ),
        "unfit": lambda one: env._(
            '"%(question)s" is not understood. What is asked for: %(kind)s.',
            question=one.name,
            kind=kinds[one.kind],
        ),
    }
    return {one.id: texts[faults[one.id]](one) for one in questions if one.id in faults}


def name_faults(questions, values, ticket):
    """Return a text for each answer that is missing or too short.

    :param ticket: in sudo, whose requester's equipment may be named
    """
    names = []
    equipment = questions.env["maintenance.equipment"]
    if "equipment" in questions.mapped("kind"):
        equipment = ticket._get_own_equipment()
    rules = questions._get_rules(equipment.ids)
    for question_id, fault in find_faults(rules, values):
        question = questions.browse(question_id)
        names.append(
            question.env._(
                "%(question)s (at least %(count)s characters)",
                question=question.name,
                count=question.min_length,
            )
            if fault == "short"
            else question.name
        )
    return names


def store_answers(ticket, questions, values, handling=None):
    """Let the answers to ``questions`` be ``values``; None takes one back.

    What is no longer asked loses its answer.

    :param ticket: in sudo; whoever answers was judged by the caller
    :param handling: the attempt whose form it is; none: the request
    """
    answers = ticket.env["itsm.form.answer"]
    owner = {"ticket_id": ticket.id, "handling_id": handling.id if handling else False}
    known = {
        row.question_id.id: row
        for row in answers.search([(name, "=", value) for name, value in owner.items()])
    }
    rules = {rule.id: rule for rule in questions._get_rules()}
    merged = {id_: row._get_value() for id_, row in known.items()} | values
    unasked = [id_ for id_ in rules if not is_asked(rules[id_], rules, merged)]
    values = values | dict.fromkeys(unasked)
    for question in questions.filtered(lambda one: one.id in values):
        row = known.get(question.id, answers)
        value = values[question.id]
        if row._get_value() == value:
            continue
        if value is None:
            server_unlink(row)
            continue
        vals = {VALUE_FIELDS[question.kind]: _prepare_value(ticket, question, value)}
        if row:
            server_write(row, vals)
        else:
            row = server_create(
                answers,
                {
                    **owner,
                    **vals,
                    "company_id": ticket.company_id.id,
                    "question_id": question.id,
                    "label": question.name,
                    "kind": question.kind,
                    "sequence": question.sequence,
                },
            )
        server_write(row, {"text": row._format_value()})


def _prepare_value(ticket, question, value):
    """Return what is stored; a file becomes one of the ticket."""
    if question.kind != "file":
        return value
    # sudo: whoever answers may have no right to add files; the ticket was judged
    files = ticket.env["ir.attachment"].sudo()
    if "data" not in value:
        # Only the ticket's own file may be named by its number.
        own = files.browse(read_number(value["id"]))
        own = own.exists()
        if (own.res_model, own.res_id) != (ticket._name, ticket.id):
            raise UserError(
                ticket.env._('"%s": choose a file to hand in.', question.name)
            )
        return own.id
    try:
        raw = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        raw = b""
    if not raw or len(raw) > MAX_FILE_BYTES:
        raise UserError(
            ticket.env._('"%s": choose a file of at most 10 MB.', question.name)
        )
    return files.create(
        {
            "name": clean_name(str(value.get("name") or "")),
            "raw": raw,
            "res_model": ticket._name,
            "res_id": ticket.id,
        }
    ).id


def get_payload(questions, rows, equipment=None, is_open=True):
    """Return what a page or the client needs to show a form with its answers.

    :param rows: the answers that are stored, in sudo
    :param equipment: what may be named
    :param bool is_open: whether it may still be answered
    """
    shown = questions if is_open else questions.browse()
    return {
        "questions": [
            {
                "id": one.id,
                "label": one.name,
                "hint": one.hint or "",
                "kind": one.kind,
                "need": one.need,
                "condition": one._get_condition_text(),
                "condition_id": one.condition_question_id.id
                if one.need == "conditional"
                else False,
                "condition_values": sorted(
                    {True: "yes", False: "no"}.get(value, value)
                    if one.condition_question_id.kind == "yes_no"
                    else value
                    for value in one._get_condition_values()
                )
                if one.need == "conditional"
                else [],
                "min_length": one.min_length,
                "choices": [
                    [item.id, item.display_name]
                    for item in (
                        equipment if one.kind == "equipment" else one.option_ids
                    )
                    or ()
                ],
            }
            for one in shown
        ],
        "answers": {
            str(row.question_id.id): row._get_client_value()
            for row in rows
            if row.question_id in shown
        },
        "given": [
            {"label": row.label, "text": row._get_text()}
            for row in rows
            if row.question_id not in shown
        ],
    }


class ItsmFormAnswer(models.Model):
    """The answer to one question, on a ticket or on an attempt to solve it.

    It keeps the words of the question, and how the answer read, from the time it was
    given. It is written through ``request_answers`` of the ticket or ``answers`` of
    the attempt, whose rules say who may and until when.

    ======  ====================================  ===============================
    Right   Who                                   Restriction
    ======  ====================================  ===============================
    read    whoever reads the ticket              of the company
    write   the server (:func:`store_answers`)    by the form of a ticket
    delete  the server                            an answer that is taken back
    ======  ====================================  ===============================
    """

    _name = "itsm.form.answer"
    _inherit = ["itsm.server.rows.mixin"]
    _description = "Form Answer"
    _order = "sequence, id"
    _rec_name = "label"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", required=True, ondelete="cascade", index=True
    )
    handling_id = fields.Many2one(
        comodel_name="itsm.handling",
        string="Attempt",
        ondelete="cascade",
        index="btree_not_null",
        help="Empty for answers of the requester.",
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    question_id = fields.Many2one(
        comodel_name="itsm.form.question",
        required=True,
        ondelete="restrict",
        index=True,
    )
    form_id = fields.Many2one(related="question_id.form_id", store=True, index=True)
    sequence = fields.Integer(aggregator=None)
    label = fields.Char(
        string="Question Asked",
        required=True,
        help="The words of the question when it was answered.",
    )
    kind = fields.Selection(
        selection=QUESTION_KINDS, string="Answer Type", required=True
    )
    text = fields.Text(
        string="Answer Given", help="How the answer read when it was given."
    )
    value_text = fields.Text(string="Text")
    value_yes = fields.Boolean(string="Yes")
    value_number = fields.Float(
        string="Numeric value", aggregator="avg", digits=(16, 2)
    )
    value_date = fields.Date(string="Date")
    option_id = fields.Many2one(
        comodel_name="itsm.form.option", ondelete="restrict", index="btree_not_null"
    )
    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        ondelete="set null",
        index="btree_not_null",
    )
    attachment_id = fields.Many2one(
        comodel_name="ir.attachment",
        string="File",
        ondelete="restrict",
        index="btree_not_null",
    )

    _request_uniq = models.UniqueIndex(
        "(ticket_id, question_id) WHERE handling_id IS NULL",
        "A question is answered once in a ticket.",
    )
    _handling_uniq = models.UniqueIndex(
        "(handling_id, question_id) WHERE handling_id IS NOT NULL",
        "A question is answered once in an attempt.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Answers are given in the form of their ticket, where its rules apply."
        )

    def _get_value(self):
        """Return the answer as :func:`read_value` does; None where there is none."""
        if not self:
            return None
        value = self[VALUE_FIELDS[self.kind]]
        if self.kind == "file":
            return {"id": value.id, "name": value.name}
        return value.id if self.kind in ("choice", "equipment") else value

    def _get_client_value(self):
        """Return the answer as JSON has it."""
        value = self._get_value()
        if self.kind == "yes_no":
            return "yes" if value else "no"
        return fields.Date.to_string(value) if self.kind == "date" else value

    def _format_value(self):
        """Return how the answer reads now; files are named by themselves."""
        value = self[VALUE_FIELDS[self.kind]]
        if self.kind == "yes_no":
            return self.env._("Yes") if value else self.env._("No")
        if self.kind == "number":
            return formatLang(self.env, value, digits=0 if value % 1 == 0 else 2)
        if self.kind == "date":
            return format_date(self.env, value)
        if self.kind == "file":
            return False
        return value if self.kind in ("text", "long_text") else value.display_name

    def _get_text(self):
        """Return how the answer reads; a file by its name, which may be blanked."""
        return self.attachment_id.name or self.text or ""
