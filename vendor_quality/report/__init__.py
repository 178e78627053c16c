from . import vendor_quality_ranking
from . import vendor_quality_trend
from . import vendor_quality_metric_trend
from . import vendor_quality_hold_analysis
from . import vendor_quality_statistics_xlsx
from . import vendor_quality_contract_audit
from . import vendor_quality_contract_audit_chain
from . import vendor_quality_contract_audit_quality
