from odoo import api, fields, models

from ..base.uninstall import guards_deletion


class ItsmForm(models.Model):
    """Questions that are asked together: of a requester, or of whoever handles.

    A service asks them when a ticket is filed, a category before it is solved. Answers
    keep the words of their question: a form may change while they stay readable.

    Every user reads forms, the desk's managers edit them. A form without company is
    shared among all companies.
    """

    _name = "itsm.form"
    _description = "Form"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    question_ids = fields.One2many(
        comodel_name="itsm.form.question",
        inverse_name="form_id",
        string="Questions",
        copy=True,
    )
    question_count = fields.Integer(compute="_compute_question_count")
    service_ids = fields.One2many(
        comodel_name="itsm.service",
        inverse_name="request_form_id",
        string="Asked for Services",
    )
    category_ids = fields.One2many(
        comodel_name="itsm.category",
        inverse_name="handling_form_id",
        string="Filled in for Categories",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the form among all companies.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("question_ids")
    def _compute_question_count(self):
        for form in self:
            form.question_count = len(form.question_ids)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @guards_deletion
    def _unlink_except_answered(self):
        self.with_context(active_test=False).question_ids._check_unanswered()

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", form.name)}
            if "name" not in (default or {})
            else vals
            for form, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        """Let the conditions of a copy look at its own questions."""
        copies = super().copy(default)
        for form, twin in zip(self, copies, strict=True):
            form._copy_conditions(twin)
        return copies

    def _copy_conditions(self, twin):
        questions = dict(zip(self.question_ids, twin.question_ids, strict=True))
        options = {}
        for old, new in questions.items():
            options.update(zip(old.option_ids, new.option_ids, strict=True))
        for old, new in questions.items():
            if old.need == "conditional":
                values = [options[one].id for one in old.condition_option_ids]
                new.write(
                    {
                        "need": "conditional",
                        "condition_question_id": questions[
                            old.condition_question_id
                        ].id,
                        "condition_option_ids": [fields.Command.set(values)],
                    }
                )
