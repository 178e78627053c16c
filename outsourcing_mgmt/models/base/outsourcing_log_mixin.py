from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .grants import is_custom_only, is_server_act, spend


class OutsourcingAppendOnlyMixin(models.AbstractModel):
    """Rows that the server's own code adds, and that nobody changes or deletes.

    Neither through the ORM, nor with whatever rights.
    """

    _name = "outsourcing.append.only.mixin"
    _description = "Append-Only Rows"

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self._append_only_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if is_custom_only(self, vals):
            return super().write(vals)
        raise AccessError(self._append_only_message())

    def unlink(self):
        raise AccessError(self._append_only_message())

    def _append_only_message(self):
        return self.env._(
            "%s: entries are only added; none is changed or deleted.",
            self._description,
        )


class OutsourcingLogMixin(models.AbstractModel):
    """Append-only rows about documents, read by the readers of each document."""

    _name = "outsourcing.log.mixin"
    _description = "Append-Only Rows about Documents"
    _inherit = ["outsourcing.append.only.mixin"]

    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document",
        model_field="res_model",
        required=True,
        readonly=True,
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not kwargs.get("bypass_access"):
            domain = Domain(domain) & self._readable_domain()
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self or result:
            return result
        readable = self.browse()
        # sudo: the rights on a row follow from its document, which is looked up here.
        for name, rows in self.sudo().grouped("res_model").items():
            if name in self.env:
                documents = self.env[name].browse(rows.mapped("res_id")).exists()
                visible = set(documents._filtered_access("read").ids)
                readable |= rows.filtered(lambda row, ids=visible: row.res_id in ids)
        # sudo: back to the rights of the user, no more are needed.
        forbidden = self - readable.sudo(False)
        if forbidden:
            return forbidden, lambda: AccessError(
                self.env._("You may not read the document that this entry is about.")
            )
        return None

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _readable_domain(self):
        """Return the domain of the rows whose document the user may read."""
        # sudo: only the names of models are read, to ask for the rights on each.
        groups = self.sudo()._read_group([], ["res_model"])
        domain = Domain.FALSE
        for (name,) in groups:
            if name in self.env and self.env[name].has_access("read"):
                documents = self.env[name].with_context(active_test=False)
                domain |= Domain("res_model", "=", name) & Domain(
                    "res_id", "in", documents._search([])
                )
        return domain
