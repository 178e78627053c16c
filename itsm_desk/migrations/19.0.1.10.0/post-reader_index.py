"""The index of readers by ticket was replaced by one that also has who they are."""


def migrate(cr, version):
    cr.execute("DROP INDEX IF EXISTS itsm_ticket_reader__ticket_id_index")
