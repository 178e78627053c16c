"""Selections that tickets share with the catalogue, the policies and the windows."""

TICKET_TYPES = [("incident", "Incident"), ("request", "Request")]
IMAC_KINDS = [
    ("install", "Install"),
    ("move", "Move"),
    ("upgrade", "Upgrade"),
    ("replace", "Replace"),
]
IMPACTS = [
    ("1", "One person"),
    ("2", "A department"),
    ("3", "The whole company"),
]
URGENCIES = [
    ("1", "Can wait"),
    ("2", "Hinders the work"),
    ("3", "Work has stopped"),
]
SUPPORT_LEVELS = [
    ("l1", "L1: first line"),
    ("l2", "L2: second line"),
    ("vendor", "Vendor"),
]
PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")]
STATES = [
    ("new", "New"),
    ("waiting_approval", "Waiting for Approval"),
    ("assigned", "Assigned"),
    ("in_progress", "In Progress"),
    ("pending", "Pending"),
    ("solved", "Solved"),
    ("closed", "Closed"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("new", "waiting_approval", "assigned", "in_progress", "pending")
"""States in which the desk still works on a ticket."""
ENDED_STATES = ("closed", "refused", "cancelled")
LOW_RATING = 2
"""Ratings up to this one are told to the lead, and proposed as complaints."""
