from odoo import models


class ItsmWorkedMixin(models.AbstractModel):
    """A ticket with what other rooms add to it.

    It gives things out, changes equipment, calls people, is merged, told to chats.
    """

    _name = "itsm.worked.mixin"
    _description = "Worked On"
    _inherit = [
        "itsm.supplied.mixin",
        "itsm.equipped.mixin",
        "itsm.merged.mixin",
        "itsm.on.duty.mixin",
        "itsm.chatted.mixin",
        "itsm.searched.mixin",
        "itsm.taken.over.mixin",
    ]
