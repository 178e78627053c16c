from . import controllers
from . import models
from . import wizards
from .hooks import pre_init_hook, uninstall_hook
from .models.platform.typed_numbers import guard_numbers

# The models are complete.
guard_numbers("itsm_desk")
