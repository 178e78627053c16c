"""Groups of channels and fields of a ticket that rules name."""

DESK_CHANNELS = ("phone", "walk_in", "chat")
"""Channels in which a technician talks to the requester while filing."""

SPOKEN_CHANNELS = ("phone", "walk_in")
"""Channels in which the first answer is given before the ticket is there.

How fast it came says nothing, so that these tickets are left out of response figures.
"""

WRITTEN_CHANNELS = ("mail", "portal")
"""Channels in which the requester's own words file the ticket."""

HANDLING_FIELDS = frozenset(
    {
        "cause",
        "action_taken",
        "handling_answers",
        "minutes_spent",
        "parts_used",
        "resolution_code_id",
        "solution",
        "work_line_ids",
    }
)
DESK_FIELDS = HANDLING_FIELDS | {
    "collaborator_ids",
    "consumable_line_ids",
    "equipment_change_ids",
    "team_id",
    "visit_at",
}
"""Content that the service desk fills in, and a requester does not."""

APPROVED_FIELDS = frozenset(
    {
        "subject",
        "description",
        "partner_id",
        "service_id",
        "ticket_type",
        "imac_kind",
        "request_answers",
    }
)
"""Content that an approver decides about; it is not changed afterwards."""

WEIGHTS = {"impact": "1", "urgency": "2"}
"""What decides about the priority, with the values of a ticket without a service."""
