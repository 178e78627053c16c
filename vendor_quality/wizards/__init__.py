from . import vendor_quality_go_live
from . import vendor_quality_dispute_decide
from . import vendor_quality_template_activate
from . import vendor_quality_statistics
from . import vendor_quality_deduction_apply
from . import vendor_quality_deduction_apply_line
from . import vendor_quality_metric_trial
from . import vendor_quality_metric_trial_line
