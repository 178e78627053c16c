"""What follows from a grade.

- ``vendor_quality_standing``: what is a vendor's grade, and what does it block?
- ``res_partner``: what is a vendor's worst grade, and who changes its tax number?
- ``vendor_quality_block``: which document is refused, and with which words?
- ``vendor_quality_waiver``: which document passes all the same, and who lets it?
- ``outsourcing_tender_invitation``, ``_bid``, ``_award``, ``_contract``,
  ``_contract_amendment``, ``purchase_order``: at which step are they judged?
- ``outsourcing_tender``: which past quality counts as an award criterion?
- ``outsourcing_contract_exit``: which bills are free when a handover is signed?
- ``vendor_quality_improvement_plan``: who does what about a poor result?
- ``vendor_quality_improvement_plan_effect``: which form opens a plan, which one shows
  its effect, and when does a plan lift a block?
- ``vendor_quality_improvement_plan_target``: which points are wanted and reached?
- ``itsm_assessment``: which reward or penalty does an assessment propose?
"""

from . import res_partner
from . import vendor_quality_standing
from . import vendor_quality_improvement_plan
from . import vendor_quality_improvement_plan_effect
from . import vendor_quality_improvement_plan_target
from . import vendor_quality_block
from . import vendor_quality_waiver
from . import outsourcing_award
from . import outsourcing_bid
from . import outsourcing_contract
from . import outsourcing_contract_exit
from . import outsourcing_contract_amendment
from . import outsourcing_tender_invitation
from . import outsourcing_tender
from . import purchase_order
from . import itsm_assessment
