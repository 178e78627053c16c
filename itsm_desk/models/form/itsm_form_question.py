from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.form_answers import Question
from ..base.uninstall import guards_deletion

QUESTION_KINDS = [
    ("text", "Short text"),
    ("long_text", "Long text"),
    ("choice", "Choice"),
    ("yes_no", "Yes or no"),
    ("number", "Numeric value"),
    ("date", "Date"),
    ("equipment", "Equipment of the requester"),
    ("file", "File"),
]


class ItsmFormQuestion(models.Model):
    """One question of a form, with the kind of its answer and when it is needed.

    A question that was answered keeps its kind and is archived instead of deleted:
    its answers belong to tickets. Its words may change, those of answers do not.
    """

    _name = "itsm.form.question"
    _description = "Question of a Form"
    _order = "form_id, sequence, id"

    form_id = fields.Many2one(
        comodel_name="itsm.form", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Question", required=True, translate=True)
    hint = fields.Char(translate=True, help="Shown below the question.")
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=QUESTION_KINDS, string="Answer Type", required=True, default="text"
    )
    need = fields.Selection(
        selection=[
            ("optional", "May be left out"),
            ("required", "Must be answered"),
            ("conditional", "Must be answered when"),
        ],
        string="Needed",
        required=True,
        default="optional",
        help="A question with a condition is asked while the condition holds.",
    )
    condition_question_id = fields.Many2one(
        comodel_name="itsm.form.question",
        string="Only If",
        ondelete="restrict",
        index="btree_not_null",
        copy=False,
        domain="[('form_id', '=', form_id), ('kind', 'in', ('choice', 'yes_no'))]",
    )
    condition_kind = fields.Selection(
        related="condition_question_id.kind",
        string="Answer of the Condition",
        export_string_translation=False,
    )
    condition_option_ids = fields.Many2many(
        comodel_name="itsm.form.option",
        relation="itsm_form_question_condition_rel",
        string="Is Answered With",
        copy=False,
        domain="[('question_id', '=', condition_question_id)]",
    )
    condition_yes_no = fields.Selection(
        selection=[("yes", "Yes"), ("no", "No")], string="Is Answered", default="yes"
    )
    min_length = fields.Integer(
        string="Least Length",
        help="How many characters an answer has at least; keeps out answers that say "
        "nothing.",
    )
    option_ids = fields.One2many(
        comodel_name="itsm.form.option",
        inverse_name="question_id",
        string="Options",
        copy=True,
    )

    _min_length_positive = models.Constraint(
        "CHECK (min_length >= 0)", "The least length cannot be negative."
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("kind", "option_ids", "active")
    def _check_options(self):
        for question in self.filtered(lambda one: one.active and one.kind == "choice"):
            if not question.option_ids:
                raise ValidationError(
                    self.env._(
                        '"%s": a choice needs options. Add what can be chosen.',
                        question.name,
                    )
                )

    @api.constrains(
        "need",
        "form_id",
        "condition_question_id",
        "condition_option_ids",
        "condition_yes_no",
    )
    def _check_condition(self):
        if self._has_cycle("condition_question_id"):
            raise ValidationError(
                self.env._("A question cannot depend on its own answer.")
            )
        for question in self.filtered(lambda one: one.need == "conditional"):
            other = question.condition_question_id
            is_complete = other.form_id == question.form_id and (
                (
                    other.kind == "choice"
                    and question.condition_option_ids
                    and question.condition_option_ids <= other.option_ids
                )
                or (other.kind == "yes_no" and question.condition_yes_no)
            )
            if not is_complete:
                raise ValidationError(
                    self.env._(
                        '"%s": choose another question of the form, with a choice or '
                        "yes and no, and the answer with which this one is needed.",
                        question.name,
                    )
                )

    @api.constrains("active")
    def _check_asked(self):
        archived = self.filtered(lambda one: not one.active)
        dependent = self.search(
            [("condition_question_id", "in", archived.ids)], limit=1
        )
        if dependent:
            raise ValidationError(
                self.env._(
                    '"%(question)s" depends on "%(condition)s". Archive it first, or '
                    "change when it is needed.",
                    question=dependent.name,
                    condition=dependent.condition_question_id.name,
                )
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        """A copy has no condition yet; that of a whole form gets it by the form."""
        return [
            {**vals, "need": "required"}
            if vals.get("need") == "conditional"
            and not vals.get("condition_question_id")
            else vals
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        if "kind" in vals or "form_id" in vals:
            changed = self.filtered(
                lambda one: (
                    vals.get("kind", one.kind) != one.kind
                    or vals.get("form_id", one.form_id.id) != one.form_id.id
                )
            )
            changed._check_unanswered()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_answered(self):
        self._check_unanswered()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_unanswered(self):
        """Refuse what would change the meaning of answers that tickets have."""
        # sudo: answers of all companies count, whoever edits the form
        answered = self.env["itsm.form.answer"].sudo()
        answered = answered.search([("question_id", "in", self.ids)], limit=1)
        if answered:
            raise UserError(
                self.env._(
                    '"%s" was answered in tickets, which keep their answers. Archive '
                    "it and add a new question.",
                    answered.question_id.name,
                )
            )

    def _get_rules(self, equipment_ids=()):
        """Return the questions as far as answers are judged, in their order.

        :param equipment_ids: what may be named as equipment
        """
        return [
            Question(
                id=one.id,
                kind=one.kind,
                need=one.need,
                condition_id=one.condition_question_id.id,
                condition_values=one._get_condition_values(),
                min_length=one.min_length,
                choices=frozenset(
                    equipment_ids if one.kind == "equipment" else one.option_ids.ids
                ),
            )
            for one in self
        ]

    def _get_condition_values(self):
        self.ensure_one()
        if self.condition_question_id.kind == "yes_no":
            return frozenset({self.condition_yes_no == "yes"})
        return frozenset(self.condition_option_ids.ids)

    def _get_condition_text(self):
        """Say when the question is asked, where nothing hides it."""
        self.ensure_one()
        if self.need != "conditional":
            return ""
        if self.condition_question_id.kind == "yes_no":
            labels = dict(
                self._fields["condition_yes_no"]._description_selection(self.env)
            )
            answer = labels[self.condition_yes_no]
        else:
            answer = ", ".join(self.condition_option_ids.mapped("name"))
        return self.env._(
            'When "%(question)s" is answered with: %(answer)s',
            question=self.condition_question_id.name,
            answer=answer,
        )


class ItsmFormOption(models.Model):
    """What can be chosen as the answer to a question."""

    _name = "itsm.form.option"
    _description = "Option of a Question"
    _order = "question_id, sequence, id"

    question_id = fields.Many2one(
        comodel_name="itsm.form.question", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Option", required=True, translate=True)

    @guards_deletion
    def _unlink_except_answered(self):
        # sudo: answers of all companies count, whoever edits the form
        chosen = self.env["itsm.form.answer"].sudo()
        chosen = chosen.search([("option_id", "in", self.ids)], limit=1)
        if chosen:
            raise UserError(
                self.env._(
                    '"%s" was chosen in tickets, which keep their answers. Archive the '
                    "question and add a new one with other options.",
                    chosen.option_id.name,
                )
            )
