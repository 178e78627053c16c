"""What people could change in Odoo itself to get around the rules of the desk.

``base_partner_merge``  what was noted of contacts that are merged goes on
``frozen_classes``   rules of classes stay as they are; a twin stands in
                     ``outsourcing_mgmt``, and a check keeps them equal
``typed_numbers``    refuses NaN, infinity and what is no number; a twin there, too
``hidden_documents`` forms of Odoo name no document that their user may not read; a
                     twin there, too
``hidden_rows``      who follows a document, and who is told, is read by its readers
``hidden_values``    forms show nothing of records that their user may not read; a
                     twin there, too
``ir_model_fields``  keeps fields made in the database off our relation tables
``privacy_lookup``   Odoo's search for a person lists what its user may read; a twin
                     there, too
"""

from . import base_partner_merge
from . import frozen_classes
from . import hidden_documents
from . import hidden_rows
from . import hidden_values
from . import privacy_lookup
from . import ir_model_fields
