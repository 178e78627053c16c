from odoo import api, fields, models

from .taking_over import taken_history


class ItsmTakenOverMixin(models.AbstractModel):
    """A ticket that was closed in another system before it came here."""

    _name = "itsm.taken.over.mixin"
    _description = "Taken Over"

    is_history = fields.Boolean(
        string="History of Another System",
        readonly=True,
        copy=False,
        help="It was closed there. No clock ran here, and no figure counts it.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _flow_first_state(self):
        """What was closed elsewhere begins so, while the import makes it."""
        return "closed" if taken_history.get() else super()._flow_first_state()
