"""Parts that all rooms of quality share.

- ``res_company``: from which day the gate holds, how long a standing counts, and
  who may change both
- ``res_config_settings``: the same two in the settings
- ``vendor_quality_permit_mixin``: a request to quality finance that lets something
  pass once (exception, waiver)
- ``vendor_quality_counted_mixin``: evidence whose changes let forms be counted again
- ``planned_query``: a large query that a transaction asks again is planned once
- ``vendor_quality_batch``: nightly work in batches, and rows that the server has
  counted written by one statement
- ``itsm_redaction``, ``outsourcing_dual_request``: what the desk asks two persons for,
  in the one list of such requests
- ``account_account``: accounts of debts to vendors stay what they are, and what stood
  for the bank does for ever
- ``account_journal``, ``account_payment_method_line``: accounts that they give up
- ``account_merge_wizard``: accounts that are merged into others
- ``ir_actions_report``: letterhead and page numbers of printed documents
"""

from . import vendor_quality_batch
from . import vendor_quality_counted_mixin
from . import vendor_quality_permit_mixin
from . import res_company
from . import res_config_settings
from . import account_account
from . import account_journal
from . import account_merge_wizard
from . import account_payment_method_line
from . import ir_actions_report
from . import itsm_redaction
from . import outsourcing_dual_request
