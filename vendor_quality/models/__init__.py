from . import vendor_quality_batch
from . import (
    account_move,
    account_move_gate,
    account_move_line,
    account_partial_reconcile,
    account_payment,
    account_payment_register,
    outsourcing_contract,
    purchase_order,
    res_company,
    res_config_settings,
    res_partner,
    vendor_quality_collector,
    vendor_quality_collector_inspection,
    vendor_quality_collector_manual,
    vendor_quality_collector_milestone,
    vendor_quality_decision,
    vendor_quality_exception,
    vendor_quality_form,
    vendor_quality_form_bills,
    vendor_quality_form_collect,
    vendor_quality_form_flow,
    vendor_quality_form_line,
    vendor_quality_gate,
    vendor_quality_gate_change,
    vendor_quality_gate_cron,
    vendor_quality_gate_facts,
    vendor_quality_gate_payment,
    vendor_quality_gate_query,
    vendor_quality_gate_text,
    vendor_quality_hold,
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
