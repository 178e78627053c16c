from odoo import api, fields, models

from ..base.grants import is_server_act, without_defaults
from ..base.uninstall import guards_deletion


class ItsmHandledLineMixin(models.AbstractModel):
    """A line that those who handle a ticket write on it, until it is carried out.

    A model names what they write in ``_handled_content`` and says in
    ``_check_changeable`` and ``_carried_out_error`` what has been carried out. All
    other fields are the server's.
    """

    _name = "itsm.handled.line.mixin"
    _description = "Line of a Handled Ticket"

    _handled_content = frozenset()
    """Fields that the handlers write."""
    _handled_stamps = ()
    """Fields of the server that a stored default of a user must not fill."""

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Defaults come from the caller too: by its context, or stored by the user.
        offered = {"ticket_id", *self._handled_content}
        kept = self.default_get(sorted(offered))
        values = [{**kept, **vals} for vals in vals_list]
        foreign = {name for vals in vals_list for name in vals} - offered
        if not is_server_act(self.browse()) and not foreign <= {"company_id"}:
            raise self._carried_out_error()
        tickets = self.env["itsm.ticket"].browse(
            {vals.get("ticket_id") for vals in values} - {None, False}
        )
        # sudo: the rules of the ticket judge the acting user
        tickets.sudo()._check_handled()
        for vals in values:
            # sudo: the company of a ticket whose rules were just asked
            ticket = tickets.sudo().browse(vals.get("ticket_id") or [])
            vals["company_id"] = ticket.company_id.id
            vals.update(dict.fromkeys(self._handled_stamps, False))
        clean = without_defaults(self)
        return super(ItsmHandledLineMixin, clean).create(values).with_env(self.env)

    def write(self, vals):
        if not is_server_act(self):
            if not self._handled_content.issuperset(vals):
                raise self._carried_out_error()
            self._check_changeable()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_carried_out(self):
        self._check_changeable()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_changeable(self):
        """Refuse changes of what was carried out, and by others than handlers."""
        # sudo: whether it was carried out does not depend on the reader
        lines = self.sudo()
        lines.ticket_id._check_handled()
        if any(line._is_carried_out() for line in lines):
            raise self._carried_out_error()

    def _is_carried_out(self):
        """Whether one line has been carried out.

        :rtype: bool
        """
        raise NotImplementedError

    def _carried_out_error(self):
        """Return the error that says how lines are carried out.

        :rtype: odoo.exceptions.AccessError
        """
        raise NotImplementedError
