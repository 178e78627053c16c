"""XML ids of the groups that the rules of the procurement chain ask for."""

MANAGER = "outsourcing_mgmt.group_outsourcing_manager"
OFFICER = "outsourcing_mgmt.group_outsourcing_officer"
PROCUREMENT = "outsourcing_mgmt.group_outsourcing_procurement"
