"""What people could change in Odoo itself to get around a procedure.

- Which changes of code, rights and settings are recorded while something is sealed?
  ``change_watch``
- When may guarded records be deleted after all? ``uninstall``
- Where do all models pass? ``base``
- Which fields made in the database are refused? ``ir_model_fields``
"""

from . import change_watch
from . import uninstall
from . import base
from . import ir_model_fields
