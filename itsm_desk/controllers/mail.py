from odoo.addons.mail.controllers.mail import MailController


class PlainTokens(MailController):
    """Takes a token in letters of another alphabet for a wrong one.

    Core compares tokens as ASCII texts, and answers others with an error of the server.
    """

    @classmethod
    def _redirect_to_record(cls, model, res_id, access_token=None, **kwargs):
        if not str(access_token or "").isascii():
            access_token = None
        return super()._redirect_to_record(
            model, res_id, access_token=access_token, **kwargs
        )
