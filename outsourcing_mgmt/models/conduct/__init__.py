"""What people found, what went wrong, and what follows for an employee.

- What did an employee report about a contract, what did it save, and how much may all
  rewards from it be together? ``outsourcing_finding``
- Which rules watch the procedure, how are their breaches found every night, and who is
  responsible? ``outsourcing_compliance_rule``; which documents they look at:
  ``breach_domains``
- What does HR decide on a breach? ``outsourcing_compliance_event``
- Which reward or penalty is proposed, heard, approved, applied or appealed, and who may
  read it? ``outsourcing_incentive``; whom it may concern:
  ``outsourcing_incentive_person``; how its person is told: ``incentive_mail``
- By which users does an employee act, or ever acted? ``hr_employee``
"""

from . import outsourcing_compliance_rule
from . import outsourcing_compliance_event
from . import outsourcing_finding
from . import outsourcing_incentive
from . import outsourcing_incentive_person
from . import hr_employee
