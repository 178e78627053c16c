from . import vendor_quality_inspection_plan
from . import vendor_quality_inspection_plan_line
from . import vendor_quality_inspection
from . import vendor_quality_inspection_flow
from . import vendor_quality_inspection_line
from . import outsourcing_compliance_rule
