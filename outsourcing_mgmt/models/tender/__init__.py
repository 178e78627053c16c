"""Tenders: how the vendor of approved requests is chosen.

``outsourcing_tender``
    All fields, the declared flow with its rights table, who takes part.
``outsourcing_tender_flow``
    Making the file, publishing, closing, opening, failing: verbs, rules, hooks,
    activities, scheduled closing.
``outsourcing_tender_evaluation``
    From the opened bids to the order: prices, scores, ranking, award, confirmation.
``outsourcing_tender_vendor``
    Which vendors see it and may bid until when, addenda taking effect, mails.
``outsourcing_tender_report``
    What is shown: the next step, the comparison, the printed reports.
``outsourcing_procedure``
    The rules under which a tender runs.
Parts: ``outsourcing_tender_line`` (services and criteria),
``outsourcing_tender_document`` (documents and addenda),
``outsourcing_tender_invitation``, ``outsourcing_tender_question``,
``outsourcing_committee_member``, ``outsourcing_score``.
"""

from . import outsourcing_procedure
from . import outsourcing_tender
from . import outsourcing_tender_flow
from . import outsourcing_tender_evaluation
from . import outsourcing_tender_vendor
from . import outsourcing_tender_report
from . import outsourcing_tender_line
from . import outsourcing_tender_document
from . import outsourcing_tender_invitation
from . import outsourcing_tender_question
from . import outsourcing_committee_member
from . import outsourcing_score
