from odoo import SUPERUSER_ID

from odoo.addons.survey.controllers.main import Survey


class ItsmSurvey(Survey):
    """Answers of the desk's campaigns name nobody, also where somebody is logged in.

    Natively an answer without a person is for visitors, and refused to others. The
    token of the answer is what lets a person in. What they answer is written by the
    system user, so that neither answers nor messages carry who was logged in.
    """

    def _get_access_data(self, *args, **kwargs):
        data = super()._get_access_data(*args, **kwargs)
        answer = data["answer_sudo"]
        if answer.itsm_campaign_id:
            data["answer_sudo"] = answer.with_user(SUPERUSER_ID)
        return data

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
