"""The gate on vendor bills: which bills may be posted and paid.

What does a rule say, who acts on it?     ../../tools/gate_rules.py
Which rule applies to a bill?             ../../tools/gate.py (on gate_data.py)
What is known of a bill, from the ledger? vendor_quality_gate_reader.py, _sql.py
What left to a vendor, by the ledger?     vendor_quality_gate_reader_money.py
... and is matched with nothing?          vendor_quality_gate_reader_open.py
What happens when a bill is posted?       account_move.py, vendor_quality_gate.py
What tax do the lines of a bill give?     vendor_quality_gate_reader.py
... when it is paid?                      account_payment.py, _register.py,
                                          account_partial_reconcile.py,
                                          vendor_quality_gate_payment.py
... when a bank's file is written?        vendor_quality_gate_order.py
Was a rate put back after a payment?      vendor_quality_gate_order.py
What leaves beside payments?              vendor_quality_gate_order.py
Who holds a bill and why; nightly proof?  vendor_quality_hold.py, _gate_hold.py
What was decided on a bill?               vendor_quality_decision.py
Who wrote a bill?                         account_move_author.py
Who lets a bill through, who changes the gate? vendor_quality_exception.py,
                                          vendor_quality_gate_change.py
Which contract has quality forms?         outsourcing_contract.py
"""

from . import outsourcing_contract
from . import vendor_quality_decision
from . import vendor_quality_exception
from . import vendor_quality_hold
from . import vendor_quality_gate
from . import vendor_quality_gate_change
from . import vendor_quality_gate_hold
from . import vendor_quality_gate_payment
from . import vendor_quality_gate_order
from . import vendor_quality_gate_reader
from . import vendor_quality_gate_reader_sql
from . import vendor_quality_gate_reader_money
from . import vendor_quality_gate_reader_open
from . import account_move
from . import account_move_author
from . import account_move_line
from . import account_partial_reconcile
from . import account_payment
from . import account_payment_register
