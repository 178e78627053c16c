from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .grants import is_server_act
from .uninstall import guards_deletion

HR = "hr.group_hr_user"


class ItsmPrivateMixin(models.AbstractModel):
    """A record that is private to a few people, with all that hangs on it.

    Record rules keep others from reading it. Followers, recipients of messages and
    persons of activities would be told of it by mail: they are the same few people,
    whoever adds them and with whatever rights. Beyond its first state it is deleted by
    the retention only.
    """

    _name = "itsm.private.mixin"
    _description = "Private to a Few People"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @guards_deletion
    def _unlink_except_kept(self):
        """Keep what has happened, until the time of the company is over."""
        first = next(iter(self._flow_transitions))
        kept = self.filtered(lambda record: record.state != first)
        if kept and not is_server_act(self):
            raise UserError(
                self.env._(
                    "%s is kept for the months that the settings of the desk say.",
                    kept._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_private_users(self):
        """Return who may be told of the record beside HR.

        :rtype: res.users, in sudo
        """
        raise NotImplementedError

    def _check_private(self, partners):
        """Refuse to tell others of the record.

        :param partners: res.partner who would be told
        """
        for record in self:
            # sudo: who is of HR and who takes part decides, whoever asks
            trusted = record.sudo()
            human = trusted.env.ref(HR).all_user_ids
            privy = (trusted._get_private_users() | human).partner_id
            # sudo: the names of those who would be told
            if strangers := partners.sudo() - privy:
                raise AccessError(
                    self.env._(
                        "%(document)s is private to those who take part and HR. "
                        "%(people)s can neither follow it, nor be written to or be "
                        "given an activity there.",
                        document=self._description,
                        people=", ".join(strangers.mapped("name")),
                    )
                )


class MailActivity(models.Model):
    """Only those to whom a record is private get activities on it."""

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("user_id", "res_model_id", "res_id")
    def _itsm_check_private(self):
        # sudo: which record an activity is about decides, whoever asks
        for row in self.sudo():
            partner = row.user_id.partner_id
            check_private(self.env, row.res_model, row.res_id, partner)


def check_private(env, model, res_id, partners):
    """Refuse to tell others than a private record's people of it.

    :param str model: name of the model of the record, or False
    :return: whether the record is private
    """
    if not model or not res_id or not model.startswith("itsm.") or model not in env:
        return False
    if not issubclass(env.registry[model], env.registry["itsm.private.mixin"]):
        return False
    # sudo: whoever would be told need not be a reader
    record = env[model].sudo().browse(res_id).exists()
    record._check_private(partners)
    return True
