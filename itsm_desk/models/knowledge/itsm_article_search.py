import math
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from ...tools import search_words
from .itsm_search_log import record_missed

WEIGHTS = [0.4, 0.8, 0.8, 1.0]
"""Of text (D), words of requesters (C), other words (B) and title (A)."""
MOST_TICKETS = 50
"""Solved tickets whose words help to find an article, the newest ones."""
MOST_LETTERS = 500
"""Of a question; what is behind is not looked at."""
MOST_QUERY_TERMS = 40
MOST_PLACES = 2500
"""Entries of the index that are read for the words of a question, the rarest first."""
MOST_TITLE_TERMS = 8
"""Words that are looked for in titles, the rarest first; of a common word thousands of
titles are read, and none of them is nearer than another."""
MOST_CANDIDATES = 100
"""Articles whose text is ranked."""
MOST_RESULTS = 50
LENGTH_SHARE = 0.4
"""How far a long article is held back, from 0 (not) to 1 (by its length)."""
SERVICE_BONUS = 1.3
EQUIPMENT_BONUS = 1.15
MOST_STEMS = 20_000
"""Words whose stems a process remembers."""
LONGEST_WORD = 50
"""Letters of a word that is remembered; longer ones are typed by nobody twice."""
KNOWN_WORD_LENGTH = 4
"""Shorter words are not corrected: too many others differ by one letter."""

_stems = {}
"""``{word: stem, or an empty text for a word that says nothing}``."""


def is_id(value):
    """Whether a value of a caller may be the id of a record."""
    return isinstance(value, int) and 0 < value < 2**31


def find_typed(domain):
    """Return what somebody typed into the search of the article list, if anything."""
    typed = [
        leaf[2]
        for leaf in domain or ()
        if isinstance(leaf, list | tuple)
        and len(leaf) == 3
        and leaf[:2] in (["body", "ilike"], ("body", "ilike"))
    ]
    return " ".join(text for text in typed if isinstance(text, str))


class ItsmArticle(models.Model):
    """The search text of articles, and the suggestions from it.

    The current version of an article has a ``tsvector`` of title, other words, text and
    the words of requesters: subject and first line of the solved tickets that it
    answered. Those are found by, and never shown.
    """

    _inherit = "itsm.article"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def web_search_read(self, domain, specification, offset=0, **options):
        """Keep, beside core's answer, what the desk looks for and nobody has written.

        A list that is empty for its filters alone, or because the words stand in
        another order, is none.
        """
        result = super().web_search_read(domain, specification, offset, **options)
        typed = find_typed(domain) if not (result["length"] or offset) else ""
        if typed and not (self._has_words(typed) or self._suggest(typed, limit=1)):
            record_missed(self.env, typed)
        return result

    # ------------------------------------------------------------
    # SEARCHING
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def suggest(self, text, limit=5, service_id=False, equipment_ids=()):
        """Return the articles that answer a question best, for the acting user.

        :param str text: what somebody types, in Chinese, English or both
        :param int limit: how many at most
        :param service_id: its articles come first among equals
        :param equipment_ids: articles on equipment of the same kind come first, too
        :return: ``[{id, title, excerpt, score}]``, the best first; ``id`` is the
            article's
        """
        if not isinstance(text, str) or not isinstance(limit, int):
            raise UserError(self.env._("The question is a text, the limit a number."))
        return self._suggest(text, limit, service_id, equipment_ids)

    @api.model
    def _suggest(self, text, limit=5, service_id=False, equipment_ids=(), domain=None):
        """Do the same, of the versions in ``domain``."""
        limit = max(0, min(limit, MOST_RESULTS))
        versions = self.env["itsm.article.version"]
        versions.check_access("read")
        terms = self._get_query_terms(text[:MOST_LETTERS].replace("\0", ""))
        frequencies = self._get_frequencies(terms)
        terms = self._correct_terms(frequencies)
        frequencies |= self._get_frequencies([t for t in terms if t not in frequencies])
        known = {
            term: share * self._get_rarity(frequencies[term], frequencies[""])
            for term, share in terms.items()
            if frequencies.get(term)
        }
        if not known or not limit:
            return []
        rows = self._rank(known, frequencies, limit, service_id, equipment_ids, domain)
        found = versions.browse([row[0] for row in rows])
        found.fetch(["name", "body", "article_id"])
        words = sorted(known, key=len, reverse=True)
        return [
            {
                # sudo: the id of an article whose version the user reads
                "id": version.sudo().article_id.id,
                "title": version.name,
                "excerpt": search_words.make_excerpt(
                    html2plaintext(version.body or "", include_references=False), words
                ),
                "score": round(score, 4),
            }
            for version, (_version_id, score) in zip(found, rows, strict=True)
        ]

    @api.model
    def _has_words(self, text):
        """Whether an article, also a draft, has a text as it stands."""
        words = Domain.OR(
            Domain(name, "ilike", text) for name in ("name", "keywords", "body")
        )
        return bool(self.search_count(words, limit=1))

    @api.model
    def _get_query_terms(self, text):
        """Return the different terms of a question, the first ones."""
        stems = self._get_stems(search_words.find_words(text))
        terms = search_words.make_terms(text, stems)
        return list(dict.fromkeys(terms))[:MOST_QUERY_TERMS]

    @api.model
    def _get_question_key(self, text):
        """Return the words of a question in one form and order, to group by."""
        stems = self._get_stems(search_words.find_words(text))
        return search_words.make_key(text, stems)

    @api.model
    def _get_stems(self, words):
        """Return ``{word: stem}`` without the words that say nothing."""
        # Asked once each: another thread may forget them in between.
        found = {word: stem for word in words if (stem := _stems.get(word)) is not None}
        if unknown := [word for word in words if word not in found]:
            if len(_stems) > MOST_STEMS:
                _stems.clear()
            # SQL: PostgreSQL stems the words that are searched, too.
            rows = self.env.execute_query(
                SQL(
                    "SELECT word, ts_lexize('english_stem', word)"
                    " FROM unnest(%s::text[]) AS word",
                    unknown,
                )
            )
            read = {word: stems[0] if stems else "" for word, stems in rows}
            _stems.update(
                (word, stem) for word, stem in read.items() if len(word) <= LONGEST_WORD
            )
            found.update(read)
        return {word: stem for word, stem in found.items() if stem}

    @api.model
    def _get_frequencies(self, terms):
        """Return ``{term: how many articles have it}``; ``""``: how many there are.

        Of common words as counted last night; the others are counted by the index.
        """
        self.env["itsm.article.version"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT term, COALESCE(
                    (SELECT NULLIF(frequency, 0) FROM itsm_article_term
                      WHERE name = term),
                    (SELECT count(*) FROM itsm_article_version
                      WHERE is_current AND search_vector @@ query))
                  FROM unnest(%s::text[], %s::tsquery[]) AS t (term, query)
                 UNION ALL
                SELECT '', COALESCE(
                    (SELECT NULLIF(frequency, 0) FROM itsm_article_term
                      WHERE name = ''),
                    (SELECT count(*) FROM itsm_article_version WHERE is_current))
                """,
                terms,
                [search_words.quote_term(term) for term in terms],
            )
        )
        return dict(self.env.cr.fetchall())

    @api.model
    def _get_rarity(self, frequency, total):
        """Return the weight of a word that ``frequency`` of ``total`` articles have."""
        total = max(total, frequency)
        return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))

    @api.model
    def _correct_terms(self, frequencies):
        """Return ``{term: share}`` of a question; words nobody wrote become known ones.

        :param dict frequencies: of the terms as they were typed
        """
        terms = {term: 1.0 for term, count in frequencies.items() if term and count}
        unknown = [
            term
            for term, count in frequencies.items()
            if not count
            and len(term) >= KNOWN_WORD_LENGTH
            and term.isalpha()
            and term.isascii()
        ]
        if not unknown or not self.env.registry.has_trigram:
            return terms
        self.env.cr.execute(
            SQL(
                """
                SELECT typed, name
                  FROM unnest(%s::text[]) AS typed, LATERAL (
                       SELECT name FROM itsm_article_term
                        WHERE name %% typed AND name <> ''
                          AND length(name) BETWEEN length(typed) - 2
                                               AND length(typed) + 2
                        ORDER BY similarity(name, typed) DESC LIMIT 20) AS near
                """,
                unknown,
            )
        )
        near = defaultdict(list)
        for typed, name in self.env.cr.fetchall():
            near[typed].append(name)
        for typed, names in near.items():
            for name in search_words.get_corrections(typed, names)[:3]:
                terms.setdefault(name, 0.8)
        return terms

    @api.model
    def _rank(self, known, frequencies, limit, service_id, equipment_ids, domain):
        """Return ``[(id of a version, score)]``, the best first.

        Of the candidates the sum over the words of rarity and saturated weighted count
        is that of BM25: ``ts_rank`` of one word grows with its places and their
        weights, each further one less.

        :param dict known: ``{term: rarity}``
        """
        query = SQL(
            """
            WITH %s, found AS MATERIALIZED (
                -- Joined with nothing, so that each text is unpacked once.
                SELECT id, article_id, search_length,
                       search_vector || ''::tsvector AS search_vector
                  FROM %s JOIN best USING (id)
            ), average AS (
                SELECT GREATEST(avg(search_length), 1) AS length FROM found
            )
            SELECT found.id, (
                SELECT sum(rarity * ts_rank(%s, search_vector, query)) FROM word
            ) / (1 - %s + %s * sqrt(search_length / average.length)) * %s AS score
              FROM found, average
             ORDER BY score DESC, found.id
             LIMIT %s
            """,
            self._get_candidates(known, frequencies, domain),
            SQL.identifier(self.env["itsm.article.version"]._table),
            WEIGHTS,
            LENGTH_SHARE,
            LENGTH_SHARE,
            self._get_bonus(service_id, equipment_ids),
            limit,
        )
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    @api.model
    def _get_candidates(self, known, frequencies, domain):
        """Return the SQL of the words, ``word``, and of the best candidates, ``best``.

        Those have the rarest words, several common ones together, or words in their
        titles. The indexes tell that without reading a text; what takes the time are
        the rows behind their entries, read to know who may see them
        (``tests/bench/retrieval.py``).
        """
        terms = sorted(known, key=lambda term: (frequencies[term], term))
        reached, is_rare = 0, []
        for term in terms:
            reached += frequencies[term]
            is_rare.append(reached <= MOST_PLACES)
        in_titles = [place < MOST_TITLE_TERMS for place in range(len(terms))]
        several = [] if all(is_rare) else self._get_sets(terms)
        table = SQL.identifier(self.env["itsm.article.version"]._table)
        in_text = SQL("%s.search_vector", table)
        in_title = SQL("ts_filter(%s.search_vector, '{a,b}')", table)
        return SQL(
            """
            word AS MATERIALIZED (
                SELECT * FROM unnest(
                           %s::tsquery[], %s::float8[], %s::bool[], %s::bool[])
                           AS word (query, rarity, is_rare, is_for_titles)
            ), several AS MATERIALIZED (
                SELECT * FROM unnest(%s::tsquery[], %s::float8[])
                           AS several (query, rarity)
            ), hit AS (
                SELECT found.id, %s * rarity AS points
                  FROM word, LATERAL (%s) AS found WHERE is_rare
                 UNION ALL
                SELECT found.id, %s * rarity
                  FROM several AS word, LATERAL (%s) AS found
                 UNION ALL
                SELECT found.id, rarity
                  FROM word, LATERAL (%s) AS found WHERE is_for_titles
            ), best AS MATERIALIZED (
                SELECT id FROM hit
                 GROUP BY id ORDER BY sum(points) DESC, id LIMIT %s
            )
            """,
            [search_words.quote_term(term) for term in terms],
            [known[term] for term in terms],
            is_rare,
            in_titles,
            [" & ".join(map(search_words.quote_term, words)) for words in several],
            [sum(known[term] for term in words) for words in several],
            WEIGHTS[0],
            self._get_hits(in_text, MOST_PLACES, domain),
            WEIGHTS[0],
            self._get_hits(in_text, MOST_PLACES // 10, domain),
            self._get_hits(in_title, MOST_PLACES // sum(in_titles), domain),
            MOST_CANDIDATES,
        )

    @api.model
    def _get_sets(self, terms):
        """Return sets of words that few articles have all of, each as a list.

        :param list terms: the rarest ones first
        """
        count = len(terms)
        return [terms[:size] for size in sorted({min(2, count), min(4, count), count})]

    @api.model
    def _get_hits(self, vector, most, domain):
        """Return the query of the readable versions whose ``vector`` has a word."""
        versions = self.env["itsm.article.version"]
        table = SQL.identifier(versions._table)
        allowed = versions._search(Domain(domain or []))
        # As the indexes say it: of "is_current IS TRUE" the planner does not see that
        # it is their condition, and reads the texts of all articles.
        allowed.add_where(SQL("%s.is_current AND %s @@ word.query", table, vector))
        allowed.limit = most
        return allowed.select(SQL("%s.id", table))

    @api.model
    def _get_bonus(self, service_id, equipment_ids):
        """Return the SQL factor of articles on the same service and equipment."""
        bonus = SQL("1")
        if is_id(service_id):
            bonus = SQL(
                """CASE WHEN EXISTS (
                    SELECT FROM itsm_article_service_rel r
                     WHERE r.article_id = found.article_id AND r.service_id = %s
                ) THEN %s ELSE 1 END""",
                service_id,
                SERVICE_BONUS,
            )
        ids = [item for item in equipment_ids or () if is_id(item)]
        if ids:
            bonus = SQL(
                """%s * CASE WHEN EXISTS (
                    SELECT FROM itsm_article_equipment_category_rel r
                      JOIN maintenance_equipment e ON e.category_id = r.category_id
                     WHERE r.article_id = found.article_id AND e.id = ANY(%s)
                ) THEN %s ELSE 1 END""",
                bonus,
                ids,
                EQUIPMENT_BONUS,
            )
        return bonus

    # ------------------------------------------------------------
    # SEARCH TEXT
    # ------------------------------------------------------------

    def _index_search(self):
        """Write the search text of the current versions."""
        # sudo: found by the words of tickets that its writer may not read; they are
        # never shown
        articles = self.sudo().filtered("version_id")
        if not articles:
            return
        self.env.flush_all()
        words = articles._get_requester_words()
        texts = {
            article: (
                ("A", article.version_id.name),
                ("B", article.version_id.keywords or ""),
                ("C", "\n".join(words.get(article.id, ()))),
                ("D", html2plaintext(article.version_id.body or "")),
            )
            for article in articles
        }
        stems = self._get_stems(
            set().union(
                *(
                    search_words.find_words(text)
                    for parts in texts.values()
                    for _weight, text in parts
                )
            )
        )
        rows, vocabulary = [], set()
        for article, parts in texts.items():
            terms = [
                (weight, search_words.make_terms(text, stems)) for weight, text in parts
            ]
            vector, length = search_words.make_vector(terms)
            rows.append((article.version_id.id, vector, length))
            vocabulary.update(*(found for _weight, found in terms))
        ids, vectors, lengths = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE itsm_article_version v
                   SET search_vector = t.vector::tsvector, search_length = t.length
                  FROM unnest(%s::int[], %s::text[], %s::int[])
                       AS t (id, vector, length)
                 WHERE v.id = t.id
                """,
                list(ids),
                list(vectors),
                list(lengths),
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO itsm_article_term (name, frequency)
                SELECT name, 0 FROM unnest(%s::text[]) AS name ORDER BY name
                    ON CONFLICT DO NOTHING
                """,
                sorted(vocabulary),
            )
        )

    @api.model
    def _forget_terms(self, texts):
        """Delete the words of ``texts`` that no current article has any more."""
        terms = set()
        for text in texts:
            stems = self._get_stems(search_words.find_words(text))
            terms.update(search_words.make_terms(text, stems))
        if not terms:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM itsm_article_term t
                 USING unnest(%s::text[], %s::text[]) AS gone (name, query)
                 WHERE t.name = gone.name AND NOT EXISTS (
                       SELECT FROM itsm_article_version
                        WHERE is_current AND search_vector @@ gone.query::tsquery)
                """,
                sorted(terms),
                [search_words.quote_term(term) for term in sorted(terms)],
            )
        )

    def _get_requester_words(self):
        """Return ``{article id: texts}`` of the solved tickets that it answered."""
        self.env.cr.execute(
            SQL(
                """
                SELECT article_id, subject, description FROM (
                    SELECT r.article_id, t.subject, t.description, row_number() OVER (
                           PARTITION BY r.article_id ORDER BY t.id DESC) AS place
                      FROM itsm_ticket_article_rel r
                      JOIN itsm_ticket t ON t.id = r.ticket_id
                     WHERE r.article_id = ANY(%s) AND t.state IN ('solved', 'closed')
                ) AS newest WHERE place <= %s
                """,
                self.ids,
                MOST_TICKETS,
            )
        )
        words = defaultdict(list)
        for article_id, subject, description in self.env.cr.fetchall():
            lines = html2plaintext(description or "").strip().splitlines()
            words[article_id] += [subject or "", *lines[:1]]
        return words

    @api.model
    def _index_changed_tickets(self):
        """Index again what answers tickets that changed since the day before."""
        since = fields.Datetime.now() - timedelta(days=2)
        tickets = Domain("article_ids", "!=", False) & Domain("write_date", ">=", since)
        # sudo: the job of the desk, in all companies
        found = self.env["itsm.ticket"].sudo().search(tickets)
        found.article_ids._index_search()
