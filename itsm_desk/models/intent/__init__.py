"""Mails that follow from a step, made by a job after its transaction.

``itsm_mail_intent``
    The rows, the job, and how a mail is noted; the same in the module beside.
``requester_mail``
    What is posted on a ticket for its requester.
"""

from . import itsm_mail_intent
