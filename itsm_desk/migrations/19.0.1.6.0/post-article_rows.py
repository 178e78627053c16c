"""Store long texts of article versions beside their rows, as new ones have them."""


def migrate(cr, version):
    # Each row is written anew; the limit is set by the model before.
    cr.execute("UPDATE itsm_article_version SET search_length = search_length")
