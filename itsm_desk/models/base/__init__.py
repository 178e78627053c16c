"""What the other rooms of the service desk build on.

``itsm_flow_mixin``       declared flow of a record (states, verbs, rights, hooks)
``grants``                rights of the server's own code: system fields, own records;
                          none for templates, server actions, rules, custom fields
``acting_person``         a decision needs the person who is logged in
``itsm_log_mixin``        append-only rows
``itsm_server_rows_mixin``  rows that only the server's own code writes
``itsm_private_mixin``    what is private to a few: whom messages and activities reach
``current_mail``          what is known of the mail that is being filed
``mail_checklist``        whether servers and addresses of the desk are complete
``selections``            selections that several models share
``working_days``          deadlines in whole working days
``res_company``           rules of the desk that differ by company
``res_config_settings``   the same in the settings
``ir_attachment``         files follow the rules of their record
``mail_gateway``          who hands in mails; a twin stands in ``outsourcing_mgmt``
``mail_message``          messages are evidence, in one's own name
``mail_followers``        nobody is taken off the followers of a document by others
``mail_thread``           messages go with their record
``ir_http``               sends the former address of the portal's tickets on
``uninstall``             guards of deletion, which a context does not lift

``itsm_flow_mixin``, ``grants``, ``acting_person`` and ``uninstall`` have twins of the
same text in ``outsourcing_mgmt``; a check keeps them equal.
"""

from . import acting_person
from . import itsm_flow_mixin
from . import itsm_log_mixin
from . import itsm_private_mixin
from . import itsm_server_rows_mixin
from . import ir_attachment
from . import ir_http
from . import mail_message
from . import mail_followers
from . import mail_gateway
from . import mail_thread
from . import res_company
from . import res_config_settings
from . import uninstall
