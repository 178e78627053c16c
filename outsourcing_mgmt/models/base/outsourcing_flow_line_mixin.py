from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_list

from .grants import held_grants, is_custom_only, is_server_act, spending
from .uninstall import guards_deletion


class OutsourcingFlowLineMixin(models.AbstractModel):
    """A line that is content of a record with a declared flow.

    Lines have no state: creating, changing or deleting one is a change of the
    parent's content and obeys the parent's rule, also when the line is reached
    directly by RPC or import.

    ``_flow_parent``
        Name of the Many2one to the parent.
    ``_flow_parent_lines``
        Name of the One2many of the parent that holds the lines.
    """

    _name = "outsourcing.flow.line.mixin"
    _description = "Line of a Declared Flow"

    _flow_parent = None
    _flow_parent_lines = None

    @api.model_create_multi
    def create(self, vals_list):
        is_server = self.browse()._flow_is_system()
        if not is_server:
            for vals in vals_list:
                self._flow_check_derived(vals)
        with spending(self.browse()):
            lines = super().create(vals_list)
        if not is_server:
            lines._flow_check_parent()
        return lines

    def write(self, vals):
        is_server = self._flow_is_system() or is_custom_only(self, vals)
        if not is_server:
            self._flow_check_derived(vals)
            self._flow_check_parent()
        with spending(self, vals):
            result = super().write(vals)
        if self._flow_parent in vals and not is_server:
            self._flow_check_parent()
        return result

    @guards_deletion
    def _unlink_except_frozen_parent(self):
        if not self._flow_is_system():
            self._flow_check_parent()

    @api.model
    def _flow_is_system(self):
        """Whether the server itself writes, creates or deletes the lines now.

        An empty recordset asks about creation.
        """
        return any(grant.is_server for grant in held_grants.get()) and is_server_act(
            self
        )

    @api.model
    def _flow_check_derived(self, vals):
        """Refuse values for what follows from others: sums, company, contract."""
        derived = [
            field
            for name in vals
            if (field := self._fields.get(name))
            and field.store
            and field.compute
            and field.readonly
            and not field.inverse
        ]
        if derived:
            raise AccessError(
                self.env._(
                    '%(document)s: "%(fields)s" follows from other fields and cannot '
                    "be written.",
                    document=self._description,
                    fields=format_list(
                        self.env,
                        [field._description_string(self.env) for field in derived],
                    ),
                )
            )

    def _note_file_authors(self, users):
        """Whoever adds a file to a line is an author of its document."""
        # sudo: whoever adds it need not read the document.
        parents = self.sudo()[self._flow_parent]
        if hasattr(parents, "_note_file_authors"):
            parents._note_file_authors(users)

    def _flow_check_parent(self):
        """Treat the change as a change of the parents' content."""
        parents = self.mapped(self._flow_parent)
        vals = {self._flow_parent_lines: True}
        parents._flow_check_content(vals)
        if parents._flow_changes_content(vals):
            parents._flow_content_changed(vals)
