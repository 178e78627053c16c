"""Drop the index on VAT numbers in SQL; their keys are columns with indexes now.

What is known of vendors is noted by the data of the module, at each update.
"""


def migrate(cr, version):
    cr.execute("DROP INDEX IF EXISTS res_partner_vendor_quality_vat_idx")
