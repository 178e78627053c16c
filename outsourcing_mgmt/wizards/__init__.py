from . import outsourcing_reason_wizard
