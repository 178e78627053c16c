"""The mail that is being filed now, and what is known of it.

The gateway of core hands a mail from method to method as a dict that becomes the values
of a message, so that nothing of ours fits in. A context variable is seen by hooks of
records, and by no caller: neither a client nor evaluated code can set it.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ...tools.mail_head import Head

STORM_LIMIT = 10
"""Mails an hour of one sender on one ticket, or in new ones, that are people's."""

current_mail = ContextVar("itsm_current_mail", default=None)
"""The mail that is being filed, or None."""


@dataclass
class CurrentMail:
    """One mail on its way through the gateway."""

    message_id: str = ""
    """Under which it is entered; of its own where its sender gave none."""
    head: Head = Head()
    """What its headers say."""
    teams: dict = field(default_factory=dict)
    """``{address: team id}`` of the addresses among them that make tickets; 0 for one
    that belongs to no team."""
    answer_to: str = ""
    """Address that a web form names for its answer; it asks, not the form."""
    asked_for: str = ""
    """Address that a mail names for its answer, and that is not believed."""
    kind: str = "person"
    """See ``mail_kind.classify``."""
    is_by_subject: bool = False
    """Whether its subject alone says that nothing is filed of it."""
    is_proven: bool = True
    """False where our mail server found that the sender is another."""
    is_own: bool = False
    """Whether it claims to come from an address of the desk itself."""
    ticket_id: int = 0
    """Ticket that it answers."""
    has_pictures: bool = False
    """Whether its text may show pictures that came with it."""
    has_mails: bool = False
    """Whether people are told of it by mail, which waits in the queue."""
    cleaned_for: int | None = None
    """Ticket whose links were taken out of it; 0: those of our pages were."""
    is_stranger: bool = False
    """Whether it answers a ticket in which its sender has no part."""
    is_of_vendor: bool = False
    """Whether somebody of the vendor that has the ticket writes to the desk."""
    is_storm: bool = False
    """Whether its sender wrote so much that nothing of ours answers by itself."""
    is_filing: bool = False
    """Whether the gateway makes a ticket of it right now."""
    outcome: str = ""
    """State of its entry in the list of received mails."""
    note: str = ""
    """Why, for people of the desk."""
    filed: list = field(default_factory=list)
    """Ids of the tickets made of it."""
    known_addresses: dict = field(default_factory=dict)
    """Whether an address leads to Odoo, of those that were looked up."""
    touched: list = field(default_factory=list)
    """Ids of the tickets that its text was added to."""

    @property
    def team_id(self):
        """The first team that it was sent to, or 0."""
        places = {*self.head.recipients, *self.head.bases}
        found = (team for address, team in self.teams.items() if address in places)
        return next(filter(None, found), 0)

    @property
    def is_for_desk(self):
        """Whether its text is shown to the desk only."""
        return self.is_stranger or self.is_of_vendor

    @property
    def is_answered(self):
        """Whether a mail of ours may answer it by itself."""
        return (
            self.kind == "person"
            and self.is_proven
            and not (self.is_storm or self.is_for_desk or self.is_own)
        )


@contextmanager
def filing(mail):
    """Make ``mail`` the current one inside the block."""
    token = current_mail.set(mail)
    try:
        yield mail
    finally:
        current_mail.reset(token)
