from . import vendor_quality_ranking
from . import vendor_quality_trend
from . import vendor_quality_metric_trend
from . import vendor_quality_hold_analysis
from . import vendor_quality_statistics_xlsx
