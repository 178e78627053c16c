"""Vendors as a whole, beyond one tender or contract.

- Which vendor gets no invitation, award or contract, why and until when?
  ``outsourcing_blacklist``: the record, its review, the appeal; who decides on that:
  ``outsourcing_blacklist_appeal``
- Where does that bind? ``listed``: the functions that the steps of invitations, bids,
  awards and contracts ask
- What does a contact show of it? ``res_partner``
- What was a vendor known by before an account changes? ``res_partner_bank``; before
  the rest does: ``res_partner`` in the room of bids
"""

from . import outsourcing_blacklist
from . import outsourcing_blacklist_appeal
from . import res_partner
from . import res_partner_bank
