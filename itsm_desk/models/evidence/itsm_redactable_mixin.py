from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.one_record import check_one
from ..base.acting_person import check_person
from .itsm_redaction import open_request


class ItsmRedactableMixin(models.AbstractModel):
    """A ticket whose lead may ask that a text or file of it is blanked."""

    _name = "itsm.redactable.mixin"
    _description = "Texts That May Be Blanked"

    can_redact = fields.Boolean(compute="_compute_flow_can")
    redaction_count = fields.Integer(
        compute="_compute_redaction_count", compute_sudo=True
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_redaction_count(self):
        counts = dict(
            self.env["itsm.redaction"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.redaction_count = counts.get(ticket._origin, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_redact(
        self,
        reason,
        message_id=None,
        attachment_ids=None,
        with_description=None,
        with_subject=False,
    ):
        """Ask that a text or file is blanked; a second person must agree.

        :param str reason: why, without repeating what shall go
        :param int message_id: a message of the ticket
        :param list attachment_ids: files of the ticket
        :param bool with_description: the description; where nothing else is named, it
            is what is meant
        :param bool with_subject: the subject
        :return: the action that opens the request
        """
        check_one(self)
        self.check_access("read")
        check_person(self)
        self._flow_check_can("redact")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        message = self._browse_argument("mail.message", message_id)
        files = self._browse_files(attachment_ids)
        if message and (message.model, message.res_id) != (self._name, self.id):
            raise self._foreign_error()
        if with_description is None:
            with_description = not (message or files or with_subject)
        if not (message or files or with_description or with_subject):
            raise UserError(
                self.env._(
                    "%s: choose the subject, the description, a message or files to be "
                    "blanked.",
                    self.name,
                )
            )
        request = open_request(
            self,
            {
                "reason": reason,
                "message_id": message.id,
                "file_ids": [fields.Command.set(files.ids)],
                "with_description": bool(with_description),
                "with_subject": bool(with_subject),
            },
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": request._name,
            "res_id": request.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_redactions(self):
        """Open the requests to blank a text of this ticket."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_redaction_action"
        )
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_redact_reason(self):
        reasons = {}
        for ticket in self:
            if not ticket._is_lead(self.env.user):
                reasons[ticket.id] = self.env._(
                    "%s, who leads the team, or a manager of the service desk asks "
                    "that a text is blanked.",
                    ticket.team_id.leader_id.name or self.env._("nobody yet"),
                )
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _browse_files(self, attachment_ids):
        """Return the files whose ids came as an argument, all of this ticket."""
        # sudo: whose files they are is judged here
        files = self.env["ir.attachment"].sudo()
        if not attachment_ids:
            return files
        ids = attachment_ids if isinstance(attachment_ids, list) else [attachment_ids]
        for one in ids:
            files |= self._browse_argument("ir.attachment", one)
        # sudo: as above, for files that only a message of the ticket shows
        own = self.sudo().message_ids.attachment_ids
        foreign = files.filtered(
            lambda file: (
                (file.res_model, file.res_id) != (self._name, self.id) or file.res_field
            )
        )
        if foreign - own:
            raise self._foreign_error()
        return files

    def _foreign_error(self):
        return UserError(
            self.env._(
                "%s: only its own messages and files can be blanked from here.",
                self.name,
            )
        )
