from . import vendor_quality_batch
from . import (
    outsourcing_contract,
    vendor_quality_collector,
    vendor_quality_collector_inspection,
    vendor_quality_collector_manual,
    vendor_quality_collector_milestone,
    vendor_quality_form,
    vendor_quality_form_collect,
    vendor_quality_form_flow,
    vendor_quality_form_line,
    vendor_quality_inspection,
    vendor_quality_inspection_flow,
    vendor_quality_inspection_line,
    vendor_quality_inspection_plan,
    vendor_quality_inspection_plan_line,
    vendor_quality_metric,
    vendor_quality_metric_anchor,
    vendor_quality_standing,
    vendor_quality_template,
    vendor_quality_template_band,
    vendor_quality_template_deduction,
    vendor_quality_template_line,
)
from . import outsourcing_category
from . import itsm_service
from . import itsm_ticket
from . import vendor_quality_collector_finding
from . import vendor_quality_collector_ticket_rating
from . import vendor_quality_collector_ticket_sla
from . import outsourcing_compliance_rule
