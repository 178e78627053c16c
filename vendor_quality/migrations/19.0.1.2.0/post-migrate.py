"""Drop an index that the one of form and metric makes needless.

The ORM keeps an index whose field no longer asks for it.
"""


def migrate(cr, version):
    cr.execute("DROP INDEX IF EXISTS vendor_quality_form_line__form_id_index")
