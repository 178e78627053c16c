from . import test_formula
from . import test_gate_flow
from . import test_gate_rules
from . import test_periods
from . import test_recompute
from . import test_scoring
from . import test_form_flow
