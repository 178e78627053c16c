"""XML ids of the groups that the rules of the procurement chain ask for."""

AUDITOR = "outsourcing_mgmt.group_outsourcing_auditor"
FINANCE = "outsourcing_mgmt.group_outsourcing_finance"
HR = "outsourcing_mgmt.group_outsourcing_hr"
MANAGER = "outsourcing_mgmt.group_outsourcing_manager"
OFFICER = "outsourcing_mgmt.group_outsourcing_officer"
PROCUREMENT = "outsourcing_mgmt.group_outsourcing_procurement"
