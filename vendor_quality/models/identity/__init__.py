"""Who is who among vendors.

Who is or was a contract's vendor, its contact, or one and the same party, and what
did two persons decide about that?     ``vendor_quality_identity``
Which keys do a contact's numbers and name have?     ``res_partner`` (in the room of
consequences), ``res_partner_bank``
Whom did the bank pay by its own words?     ``account_bank_statement_line``
What stays decided when contacts are merged?     ``base_partner_merge``
"""

from . import vendor_quality_identity
from . import res_partner_bank
from . import account_bank_statement_line
from . import base_partner_merge
