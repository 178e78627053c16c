"""What people could change in Odoo itself to get around a procedure.

- Which changes of code, rights and settings are recorded while something is sealed?
  ``change_watch``; those of which models? ``watched_models``
- Which browser writes, so that its next pages are read from the primary? ``ir_http``
- Which fields made in the database are refused? ``ir_model_fields``
- Why can nobody change the rules of a class through a record? ``frozen_classes``
- Who is shown the name of a document by a form of Odoo? ``hidden_documents``; who of
  the readers of an order or a bill its subject, too? ``hidden_subjects``
- Who reads who follows a document, and who is told of it? ``hidden_rows``
- What does a form show of records that its user may not read? ``hidden_values``
- Which numbers that anybody sends are none? ``typed_numbers``
- Who makes a holiday, on which no day of a deadline counts?
  ``resource_calendar_leaves``
- Which of our documents does Odoo's search for a person list? ``privacy_lookup``
"""

from . import change_watch
from . import watched_models
from . import ir_model_fields
from . import ir_http
from . import frozen_classes
from . import hidden_documents
from . import hidden_rows
from . import hidden_values
from . import privacy_lookup
from . import resource_calendar_leaves
