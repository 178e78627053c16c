from odoo import api, models
from odoo.exceptions import UserError

from ..base.uninstall import guards_deletion
from .numbering import name_drafts, number_records, rename_drafts


class OutsourcingNumberedMixin(models.AbstractModel):
    """A document whose binding number is taken at the first step that binds.

    Until then ``name`` is a provisional one. The number is drawn when the step is
    allowed and before it is taken: a refused step draws none, and what the step prints
    and hashes names it. It stays when the document goes back to a draft.

    ``_number_code``
        Code of the sequence, which gives ``name``.
    ``_number_states``
        The states whose entering takes the number.

    ``_draft_label_fields``
        The fields that tell drafts apart: a draft is named again when they change.

    Comes before the flow mixin in ``_inherit``.
    """

    _name = "outsourcing.numbered.mixin"
    _description = "Document with a Binding Number"

    _number_code = ""
    _number_states = frozenset({"submitted"})
    _draft_label_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        name_drafts(records)
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._draft_label_fields.intersection(vals):
            rename_drafts(self)
        return result

    @guards_deletion
    def _unlink_except_numbered(self):
        # sudo: whoever deletes a draft need not read the register of numbers.
        numbered = self.env["outsourcing.number"].sudo()._get_numbered(self)
        kept = self.filtered(lambda record: record.id in numbered)
        if kept:
            raise UserError(
                self.env._(
                    "%s: a document that has its number is kept. Cancel it instead.",
                    kept._flow_names(),
                )
            )

    def _flow_check_transition(self, target, vals):
        result = super()._flow_check_transition(target, vals)
        if target in self._number_states:
            day = type(self)._get_number_date
            number_records(self, self._number_code, day)._on_numbered()
        return result

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"name"}

    def _get_draft_label(self):
        """Return what tells drafts apart."""
        return self.id

    def _get_foot_name(self):
        """Return the number, or what a draft is called where there is only ASCII."""
        self.ensure_one()
        # sudo: whoever prints a document need not read the register of numbers.
        if self.env["outsourcing.number"].sudo()._get_numbered(self):
            return self.name
        return f"DRAFT {self._get_draft_label()}"

    def _get_number_date(self):
        """Return the day whose sequence numbers the document; False: today."""
        return False

    def _on_numbered(self):
        """Follow documents that have just taken their number."""
