"""Who is told of which event of the quality of a service: the table of the README.

The words are those of ``outsourcing_mgmt/tools/mail_table``.
"""

from odoo.addons.outsourcing_mgmt.tools.mail_table import (
    ACTIVITY,
    MAIL,
    NOTHING,
    Row,
)

TABLE = (
    Row("form sent", "vendor", MAIL),
    Row("form sent", "other vendor", NOTHING),
    Row("vendor reminded", "vendor", MAIL),
    Row("line disputed", "handler", ACTIVITY),
    Row("line disputed", "vendor", NOTHING),
    Row("dispute decided", "vendor", MAIL),
    Row("dispute decided", "other vendor", NOTHING),
)
