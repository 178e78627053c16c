"""The quality form: what was counted, what it costs, what was billed.

- ``vendor_quality_form``: what is on a form, which steps does it take, what may it say?
- ``vendor_quality_form_flow``: who may take which step, and what follows; who may
  approve; what the vendor answers and disputes
- ``vendor_quality_form_collect``: how is a period counted; which forms are proposed at
  night; which evidence came late?
- ``form_result``: how are lines, score and deductions computed and stored?
- ``vendor_quality_form_fee``: what is the fee, what is deducted; the frozen document
- ``fee_limit``: how much may the fees of a contract be together?
- ``vendor_quality_form_billing``: what did the bills take, and how are deductions
  taken off them?
- ``outsourcing_roster_day``: days on site are settled with the form of their period
- ``vendor_quality_form_line``, ``vendor_quality_deduction`` (``_explanation``: its
  arithmetic in words), ``vendor_quality_dispute``: the parts of a form
"""

from . import vendor_quality_form
from . import vendor_quality_form_collect
from . import vendor_quality_form_fee
from . import vendor_quality_form_flow
from . import vendor_quality_form_billing
from . import vendor_quality_form_line
from . import outsourcing_roster_day
from . import vendor_quality_deduction
from . import vendor_quality_deduction_explanation
from . import vendor_quality_dispute
