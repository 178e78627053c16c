"""What people could change in Odoo itself to get around the rules of the desk.

``frozen_classes``   rules of classes stay as they are; a twin stands in
                     ``outsourcing_mgmt``, and a check keeps them equal
``ir_model_fields``  keeps fields made in the database off our relation tables
"""

from . import frozen_classes
from . import ir_model_fields
