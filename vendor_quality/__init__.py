from . import tools
from . import models
from . import report
from . import wizards
from . import controllers
from .hooks import post_init_hook, pre_init_hook, uninstall_hook
from odoo.addons.outsourcing_mgmt.models.platform.typed_numbers import guard_numbers

# The models are complete.
guard_numbers("vendor_quality")
