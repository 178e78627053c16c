from odoo import api, models
from odoo.tools import ormcache

SHAPE = ("implementation", "use_date_range", "prefix", "suffix", "padding")
"""What makes a number of the next value of a sequence."""


class IrSequence(models.Model):
    """Remembers the sequences that number tickets: each new ticket asks for one."""

    _inherit = "ir.sequence"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sequences = super().create(vals_list)
        self.env.registry.clear_cache()
        return sequences

    def write(self, vals):
        result = super().write(vals)
        if not {"code", "company_id", "active", *SHAPE}.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _itsm_find(self, code, company_id):
        """Return the sequence of a company, else of all, with its shape read."""
        sequence_id, shape = self._itsm_find_shape(code, company_id)
        sequence = self.browse(sequence_id)
        if sequence:
            sequence._update_cache(shape, validate=False)
        return sequence

    @api.model
    @ormcache("code", "company_id")
    def _itsm_find_shape(self, code, company_id):
        """Return id, or False, and values of the sequence."""
        # by the caller's context archived ones would be remembered for everybody
        sequence = self.with_context(active_test=True).search(
            [("code", "=", code), ("company_id", "in", [company_id, False])],
            order="company_id",
            limit=1,
        )
        return sequence.id, {name: sequence[name] for name in SHAPE}
