"""Mails that follow from a step, made by a job after its transaction.

The rows, the job, and how a mail is noted; the same in the module beside. What makes
the mails of a kind stands with their documents.
"""

from . import outsourcing_mail_intent
