from . import vendor_quality_counted_mixin
from . import vendor_quality_request_mixin
from . import ir_sequence
from . import res_company
from . import res_config_settings
