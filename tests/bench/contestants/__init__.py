"""Who is measured: what each needs installed, and the class that does its work.

The worker runs inside Odoo and loads the classes; run.py needs the modules only and
must work without Odoo, so the classes are found on first use.
"""

from importlib import import_module

MODULES = {
    "itsm_desk": ["itsm_desk"],
    "helpdesk_mgmt_sla": ["helpdesk_mgmt_sla"],
    "running_clocks": ["itsm_desk"],
    "working_time": ["itsm_desk"],
    "plan_hours": [],
    "core": ["account"],
    "account_move_tier_validation": ["account_move_tier_validation"],
    "gate": ["vendor_quality"],
    "gate_with_contracts": ["vendor_quality"],
    "quality_forms": ["vendor_quality"],
    "quotations": [],
    "tenders": ["outsourcing_mgmt"],
}

_PLACES = {
    "itsm_desk": ("tickets", "ServiceDesk"),
    "helpdesk_mgmt_sla": ("tickets", "Helpdesk"),
    "running_clocks": ("clocks", "RunningClocks"),
    "working_time": ("deadlines", "WorkingTime"),
    "plan_hours": ("deadlines", "PlanHours"),
    "core": ("bills", "Core"),
    "account_move_tier_validation": ("bills", "TierValidation"),
    "gate": ("bills", "Gate"),
    "gate_with_contracts": ("bills", "GateWithContracts"),
    "quality_forms": ("scoring", "QualityForms"),
    "quotations": ("tenders", "Quotations"),
    "tenders": ("tenders", "Tenders"),
}


class _Contestants(dict):
    def __missing__(self, name):
        module, attribute = _PLACES[name]
        return getattr(import_module(f"contestants.{module}"), attribute)


CONTESTANTS = _Contestants()
