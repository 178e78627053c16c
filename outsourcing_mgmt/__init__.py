from . import controllers
from . import models
from . import report
from . import wizards
from . import tools
from .hooks import pre_init_hook, uninstall_hook
from .models.platform.typed_numbers import guard_numbers

# The models are complete.
guard_numbers("outsourcing_mgmt")
