from . import test_commitment
from . import test_configuration
from . import test_flow_mixin
from . import test_reference_price
from . import test_request
from . import test_request_tour
from . import test_tier_mixin
from . import test_tender_flow
