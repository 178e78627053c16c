from odoo.http import request, route

from odoo.addons.mail.controllers.mail import MailController

from ..models.base.grants import granting
from ..tools.typed_number import read_number


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


class OwnUnfollow(MailController):
    """Lets the holder of the link in a mail stop to follow; see ``mail_followers``."""

    @route()
    def mail_action_unfollow(self, model, res_id, pid, token, **kwargs):
        # sudo: core checks the token, which proves whose row it is, before it acts.
        followers = request.env["mail.followers"].sudo()
        followers = followers.search(
            [
                ("res_model", "=", model),
                ("res_id", "=", read_number(res_id)),
                ("partner_id", "=", read_number(pid)),
            ]
        )
        with granting(followers, operations=("unlink",)):
            return super().mail_action_unfollow(model, res_id, pid, token, **kwargs)
