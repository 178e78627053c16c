from odoo import models


class ItsmWorkedMixin(models.AbstractModel):
    """A ticket that gives things out, changes equipment, calls people, is merged."""

    _name = "itsm.worked.mixin"
    _description = "Worked On"
    _inherit = [
        "itsm.supplied.mixin",
        "itsm.equipped.mixin",
        "itsm.merged.mixin",
        "itsm.on.duty.mixin",
    ]
