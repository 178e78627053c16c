"""End the sign-off codes that were sent before wrong ones were counted."""


def migrate(cr, version):
    cr.execute("UPDATE itsm_ticket SET sign_off_code_hash = NULL")
