"""Who is who among vendors.

Who is or was a contract's vendor, its contact, or one and the same party, and what
did two persons decide about that?     ``vendor_quality_identity``
Which keys do a contact's numbers and name have?     ``res_partner`` (in the room of
consequences), ``res_partner_bank``
What stays decided when contacts are merged?     ``base_partner_merge``
"""

from . import vendor_quality_identity
from . import res_partner_bank
from . import base_partner_merge
