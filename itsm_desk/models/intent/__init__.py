"""Mails that follow from a step, made by a job after its transaction.

``code_mail``
    The one-time code with which a requester signs at the desk.
``itsm_mail_intent``
    The rows, the job, and how a mail is noted; the same in the module beside.
``leaving_mail``
    Who gets the links of a mail, and when they are put into it.
``requester_mail``
    What is posted on a ticket for its requester.
"""

from . import itsm_mail_intent
