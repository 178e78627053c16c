"""Tickets, from filing to sign-off: which file answers which question.

``itsm_ticket``             what a ticket is: fields, declared flow, create and write
``itsm_ticket_inbound``     how tickets and messages come in: who may file what,
                            defaults, number, filing of mails, replies of the requester
``itsm_ticket_flow``        its steps: verbs, who may take them, what follows from each
                            state, approval, who may write
``itsm_ticket_owner``       who owns it: first response, taking, escalating
``itsm_ticket_sign_off``    how it ends: sign-off, rating, link, desk code, time limit
``itsm_approved_mixin``     who is asked to approve, and who next after a time limit
``itsm_paused_mixin``       questions to the requester, reminders, the end of a pause
``itsm_merged_mixin``       duplicates, and another owner by whoever leads
``itsm_worked_mixin``       what other rooms add to a ticket: stock, equipment, duty
``itsm_chatted_mixin``      what the conversations and messengers hear that it came from
``itsm_listed_mixin``       name, order, visits and counts, as lists show them
``itsm_escalation``         the calls for another level, and who is called next
``itsm_escalated_mixin``    what whoever was called may do on the ticket
``ticket_answer``           which messages are an answer, and whom they reach
``ticket_links``            links in mails that open the page of a ticket
``ticket_words``            groups of channels and fields that rules name
``filing``                 what core need not do while a ticket is filed
``rating_rating``           keeps others from writing the ratings of tickets
``res_partner``             counts of tickets on contacts

The clocks of a ticket are in the room ``sla`` (``itsm_ticket_sla``).
"""

from . import itsm_listed_mixin
from . import itsm_approved_mixin
from . import itsm_paused_mixin
from . import itsm_escalated_mixin
from . import itsm_merged_mixin
from . import itsm_chatted_mixin
from . import itsm_worked_mixin
from . import itsm_ticket
from . import itsm_escalation
from . import itsm_ticket_owner
from . import itsm_ticket_flow
from . import itsm_ticket_sign_off
from . import itsm_ticket_inbound
from . import filing
from . import rating_rating
from . import res_partner
