"""Who decides what others ask for.

- How does one person ask and another decide, and where is the list of all of it?
  ``outsourcing_dual_request``; persons of several roles together:
  ``outsourcing_joint_mixin``; what both kinds have: ``outsourcing_dual_head_mixin``
- Who counts the days of a company in another time zone? ``outsourcing_zone_change``
- Who reviews in place of an approver, and from when to when? ``outsourcing_deputy``;
  what a deputy reads meanwhile: ``ir_rule``; how a document is reviewed by deputies
  and by the two persons of the last resort: ``outsourcing_tier_mixin``
- Who becomes an author by adding a file? ``file_authors``
- Who is left to act at each gate? ``outsourcing_gate_staffing``; at which verbs
  beside the reviews: ``outsourcing_flow_mixin``
"""

from . import outsourcing_flow_mixin
from . import outsourcing_tier_mixin
from . import outsourcing_dual_head_mixin
from . import outsourcing_dual_request
from . import outsourcing_joint_mixin
from . import outsourcing_zone_change
from . import outsourcing_deputy
from . import ir_rule
from . import outsourcing_gate_staffing
from . import file_authors
