"""What is known beforehand and afterwards: back-tests, early warnings, audit trail.

- ``vendor_quality_backtest``: fields, rights, flow and signature of the test of a
  template over past months
- ``vendor_quality_backtest_run``: runs it in batches and stores the lines
- ``vendor_quality_backtest_facts``: what it reads of the past: periods, fees, figures,
  scores and bills
- ``vendor_quality_backtest_result``: the totals, and the page that shows them
- ``vendor_quality_backtest_line``: its periods and bills, written once
- ``vendor_quality_forecast``: the early warning of a contract and its words
- ``vendor_quality_forecast_refresh``: the nightly computation, and the vendors' mails
- ``vendor_quality_standing_trend``: whether the last score rose or fell
- ``vendor_quality_start``: the page on which the application opens for a role
- ``outsourcing_contract_audit``: opens the audit trail of a contract
"""

from . import vendor_quality_standing_trend
from . import outsourcing_contract_audit
from . import vendor_quality_backtest
from . import vendor_quality_backtest_run
from . import vendor_quality_backtest_facts
from . import vendor_quality_backtest_result
from . import vendor_quality_backtest_line
from . import vendor_quality_forecast
from . import vendor_quality_forecast_refresh
from . import vendor_quality_start
