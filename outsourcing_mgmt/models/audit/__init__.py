"""Who did what, and whether the record of it was changed.

- Which steps did a document take, and who reads them? ``outsourcing_audit_log``
- How are rows missed that somebody took off the end of a chain?
  ``outsourcing_audit_anchor``: the ends of the chains, mailed daily
"""

from . import outsourcing_audit_log
from . import outsourcing_audit_anchor
