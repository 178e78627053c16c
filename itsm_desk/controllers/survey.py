from odoo.addons.survey.controllers.main import Survey


class ItsmSurvey(Survey):
    """Answers of the desk's campaigns name nobody, also where somebody is logged in.

    Natively an answer without a person is for visitors, and refused to others. The
    token of the answer is what lets a person in.
    """

    def _check_validity(
        self,
        survey_sudo,
        answer_sudo,
        answer_token,
        ensure_token=True,
        check_partner=True,
    ):
        if answer_token and answer_sudo.itsm_campaign_id:
            check_partner = False
        return super()._check_validity(
            survey_sudo,
            answer_sudo,
            answer_token,
            ensure_token=ensure_token,
            check_partner=check_partner,
        )
