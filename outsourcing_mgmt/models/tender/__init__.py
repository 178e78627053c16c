"""Tenders: how the vendor of approved requests is chosen.

``outsourcing_tender``
    All fields, the declared flow with its rights table.
``outsourcing_tender_flow``
    Making the file, publishing, closing, opening, failing: verbs, rules, hooks,
    activities, scheduled closing.
``outsourcing_tender_publication``
    What the file needs before it is published, and who is told that it is ready.
``outsourcing_tender_evaluation``
    From the opened bids to the order: prices, scores, ranking, award, confirmation.
``outsourcing_tender_vendor``
    Who takes part: which vendors see it and may bid until when, requesters,
    committee; addenda taking effect, mails.
``outsourcing_tender_report``
    What is shown: the next step, the comparison, the printed reports.
``outsourcing_procedure``
    The rules under which a tender runs, and which one the policy asks for;
    ``outsourcing_direct_reason``: why a contract may be awarded directly.
``expert``
    What a member of a committee does on the portal; functions for the controllers.
``evaluation_bundle``
    The evaluation as a document that ``tools/recompute.py`` checks without Odoo.
``tender_file``
    The numbered tender file that the publication and each addendum make.
Parts: ``outsourcing_tender_line`` (services and criteria),
``outsourcing_tender_document`` (documents and addenda),
``outsourcing_tender_addendum_change`` (what an addendum changes),
``outsourcing_tender_invitation``, ``outsourcing_tender_question``,
``outsourcing_committee_member``, ``outsourcing_score``,
``outsourcing_opening_record`` (what was opened, frozen with its hash).
"""

from . import outsourcing_direct_reason
from . import outsourcing_procedure
from . import outsourcing_tender
from . import outsourcing_tender_flow
from . import outsourcing_tender_publication
from . import outsourcing_tender_evaluation
from . import outsourcing_tender_vendor
from . import outsourcing_tender_report
from . import outsourcing_tender_line
from . import outsourcing_tender_addendum_change
from . import outsourcing_tender_document
from . import outsourcing_tender_invitation
from . import outsourcing_tender_question
from . import outsourcing_committee_member
from . import outsourcing_opening_record
from . import outsourcing_score
