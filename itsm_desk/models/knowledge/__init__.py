"""Knowledge: articles from the first draft to what a requester finds.

``itsm_article``           all fields, rights, flow and versions of an article
``itsm_article_search``    its search text and ``suggest``
``itsm_article_version``   what was published, word for word, with diff and restore
``itsm_article_folder``    folders
``itsm_article_check``     the checklist of a review, and its criteria
``itsm_article_feedback``  votes of readers
``itsm_search_log``        what requesters did with suggestions, tickets not filed
``itsm_article_term``      words of the search, for typing errors and frequencies
``itsm_article_wanted``    what is asked and has no article yet, ranked
``itsm_answered_mixin``    a ticket and the articles that answer it

Words are made by ``tools/search_words``, compared by ``tools/text_diff``.
"""

from . import itsm_article_folder
from . import itsm_article_check
from . import itsm_article
from . import itsm_article_search
from . import itsm_article_version
from . import itsm_article_feedback
from . import itsm_article_term
from . import itsm_search_log
from . import itsm_article_wanted
from . import itsm_answered_mixin
