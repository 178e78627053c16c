"""Who did what, and whether the record of it was changed.

- Which steps did a document take, and who reads them? ``outsourcing_audit_log``
- How do rows get their place in the chain? ``chaining``, by a job after the commit
- How are rows missed that somebody took off the end of a chain?
  ``outsourcing_audit_anchor``: the ends of the chains, mailed daily
- Which changes of rules are steps? ``rule_changes``
"""

from . import outsourcing_audit_log
from . import outsourcing_audit_anchor
