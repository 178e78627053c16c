"""Inspections of a contract: when they are due, what is looked at, and the result.

- ``vendor_quality_inspection_plan``: frequency, people and checklist of a contract,
  and the job that creates the rounds of the next days
- ``vendor_quality_inspection``: one round: who may take which step, when it is missed
  or fed back late, and the events that follow
- ``vendor_quality_inspection_line``: the items of its checklist
- ``outsourcing_compliance_rule``: contracts without a plan, the fine for missed rounds
- ``outsourcing_contract``: plans of a contract that is renewed
"""

from . import vendor_quality_inspection_plan
from . import vendor_quality_inspection
from . import vendor_quality_inspection_line
from . import outsourcing_compliance_rule
from . import outsourcing_contract
