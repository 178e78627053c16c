from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.one_record import check_one
from ..base.uninstall import guards_deletion
from .itsm_survey_campaign import SURVEY_TYPE

ANSWERING = frozenset(
    {
        "state",
        "start_datetime",
        "end_datetime",
        "last_displayed_page_id",
        "lang_id",
        "deadline",
        "user_input_line_ids",
        "survey_first_submitted",
        "predefined_question_ids",
        "scoring_percentage",
        "scoring_total",
        "scoring_success",
    }
)
"""What is written while somebody answers: never who."""

ASKED = frozenset(
    {
        "survey_id",
        "question_type",
        "title",
        "description",
        "scale_min",
        "scale_max",
        "scale_min_label",
        "scale_mid_label",
        "scale_max_label",
        "save_as_email",
        "save_as_nickname",
        "constr_mandatory",
        "is_page",
    }
)
"""What people were asked, and how."""
ANSWER_SECRETS = "survey.group_survey_user"
"""Survey officers, who read no answer of ours, and not quality, which does."""


def _without_author(records, vals_list):
    """Return what is stored of answers, by the system user where they name nobody.

    Computed values are stored late, in the name of whoever is logged in then.
    """
    # sudo: whether it belongs to a campaign, whoever answers
    answers = records.sudo()
    if "user_input_id" in records._fields:
        nameless = [bool(line.user_input_id.itsm_campaign_id) for line in answers]
    else:
        nameless = [bool(answer.itsm_campaign_id) for answer in answers]
    return [
        {**vals, "write_uid": SUPERUSER_ID} if is_nameless else vals
        for vals, is_nameless in zip(vals_list, nameless, strict=True)
    ]


class SurveySurvey(models.Model):
    """Questionnaires of the desk are a kind of their own.

    The native rights of survey officers end at the native kinds: of ours they write the
    questions, and read no answer. Quality reads answers, and writes no question.
    """

    _inherit = "survey.survey"

    survey_type = fields.Selection(
        selection_add=[(SURVEY_TYPE, "Service Desk")],
        ondelete={SURVEY_TYPE: "set default"},
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_allowed_survey_types(self):
        result = super()._compute_allowed_survey_types()
        for survey in self.filtered("allowed_survey_types"):
            survey.allowed_survey_types = [*survey.allowed_survey_types, SURVEY_TYPE]
        return result

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if "survey_type" in vals:
            asked = self.filtered(
                lambda survey: survey.survey_type == SURVEY_TYPE != vals["survey_type"]
            )
            asked._itsm_check_not_asked()
        return super().write(vals)

    @guards_deletion
    def _itsm_unlink_except_asked(self):
        self._itsm_check_not_asked()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_not_asked(self):
        """Refuse what would take the answers of campaigns away, or show them."""
        # sudo: whether it was asked, whoever may read campaigns
        campaigns = self.env["itsm.survey.campaign"].sudo()
        asked = campaigns.search(
            [("survey_id", "in", self.ids), ("state", "!=", "draft")], limit=1
        )
        if asked:
            raise UserError(
                self.env._(
                    '"%(survey)s" was asked by the campaign "%(campaign)s": its '
                    "questions, answers and kind are kept. Make a copy, and change "
                    "that one.",
                    survey=asked.survey_id.title,
                    campaign=asked.name,
                )
            )


class SurveyQuestion(models.Model):
    """A question that people were asked stays as it was, and no other joins it."""

    _inherit = "survey.question"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        questions.survey_id._itsm_check_not_asked()
        return questions

    def write(self, vals):
        if ASKED.intersection(vals):
            self.survey_id._itsm_check_not_asked()
        result = super().write(vals)
        if "survey_id" in vals:
            self.survey_id._itsm_check_not_asked()
        return result

    @guards_deletion
    def _itsm_unlink_except_asked(self):
        self.survey_id._itsm_check_not_asked()


class SurveyUserInput(models.Model):
    """An answer to a campaign: it names nobody, and nobody mends it."""

    _inherit = "survey.user_input"

    itsm_campaign_id = fields.Many2one(
        comodel_name="itsm.survey.campaign",
        string="Campaign of the Service Desk",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    # Whoever has the token answers, and the language may tell who it was.
    access_token = fields.Char(groups=ANSWER_SECRETS)
    lang_id = fields.Many2one(groups=ANSWER_SECRETS)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if not ANSWERING.issuperset(vals):
            self._itsm_check_nameless()
        return super().write(vals)

    def _write_multi(self, vals_list):
        return super()._write_multi(_without_author(self, vals_list))

    @guards_deletion
    def _itsm_unlink_except_asked(self):
        self._itsm_check_nameless()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def get_print_url(self):
        """Lead to the page of the answer only whoever may have its token.

        The page of results links each answer; quality reads that page.
        """
        if not self.env.su and not self._has_field_access(
            self._fields["access_token"], "read"
        ):
            return ""
        return super().get_print_url()

    def _itsm_check_nameless(self):
        # sudo: whether it belongs to a campaign, whoever may read it
        if self.sudo().itsm_campaign_id:
            raise AccessError(
                self.env._(
                    "Answers to a campaign of the service desk name nobody and are "
                    "kept as they were given."
                )
            )


class SurveyUserInputLine(models.Model):
    """What was answered to one question."""

    _inherit = "survey.user_input.line"

    lang_id = fields.Many2one(groups=ANSWER_SECRETS)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        # Core groups by related fields without asking for the right on them.
        if field_expr.split(".")[0] == "lang_id":
            self._check_field_access(self._fields["lang_id"], "read")
        return super()._field_to_sql(alias, field_expr, query)

    def _write_multi(self, vals_list):
        return super()._write_multi(_without_author(self, vals_list))

    @guards_deletion
    def _itsm_unlink_except_done(self):
        # sudo: whether it was sent in a campaign, whoever may read it
        answers = self.sudo().user_input_id
        answers.filtered(lambda answer: answer.state == "done")._itsm_check_nameless()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_itsm_note_need(self):
        """Open a new need with what was written."""
        check_one(self)
        self.check_access("read")
        campaign = self.user_input_id.itsm_campaign_id
        if not campaign:
            raise UserError(
                self.env._("This answer belongs to no campaign of the service desk.")
            )
        text = self.value_text_box or self.value_char_box or ""
        return {
            "type": "ir.actions.act_window",
            "res_model": "itsm.need",
            "views": [(False, "form")],
            "context": {
                "default_source": "survey",
                "default_campaign_id": campaign.id,
                "default_subject": " ".join(text.split())[:80],
                "default_description": text,
            },
        }
