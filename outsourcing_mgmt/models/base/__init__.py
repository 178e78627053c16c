"""What every room builds on.

- Which steps may a record take, and who takes them? ``outsourcing_flow_mixin``; for
  lines of a record ``outsourcing_flow_line_mixin``
- Which steps are a person's own, and who is that person? ``acting_person``
- How does the server's own code write what users may not? ``grants``, which also
  tells code that people typed (templates, server actions, rules, custom fields);
  ``forgotten_secrets`` keeps what such code may not find in the cache
- When may guarded records be deleted after all? ``uninstall``
- How is a document approved? ``outsourcing_tier_mixin``; the one act of Approve and
  Refuse in ``outsourcing_tier_mixin_decision``, what it says in
  ``outsourcing_tier_mixin_words``; ``tier_review`` guards OCA's reviews, definitions
  and comment wizard; removed reviews are kept in ``outsourcing_review_history``
- How are bids kept sealed? ``outsourcing_sealed_mixin``
- Which rows are only added, and which of them are read by the readers of a document?
  ``outsourcing_log_mixin``; which are written by the server alone?
  ``outsourcing_server_rows_mixin``
- Which terms and which day does a company work by? ``res_company``,
  ``res_config_settings``
- How do files follow the rules of their record? ``ir_attachment``
- Helpers: ``row_lock`` locks rows
"""

from . import acting_person
from . import outsourcing_flow_mixin
from . import forgotten_secrets
from . import uninstall
from . import outsourcing_flow_line_mixin
from . import outsourcing_log_mixin
from . import outsourcing_server_rows_mixin
from . import outsourcing_review_history
from . import outsourcing_tier_mixin
from . import outsourcing_tier_mixin_decision
from . import outsourcing_tier_mixin_words
from . import tier_review
from . import ir_attachment
from . import res_company
from . import res_config_settings
from . import outsourcing_sealed_mixin
