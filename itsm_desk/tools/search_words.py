"""The words by which articles are found, in Chinese, English and mixtures of both.

A text becomes a list of terms:

- Chinese has no spaces: each character and each pair of neighbours is a term.
- English words are reduced to stems; the caller brings the stemmer, as PostgreSQL has
  one. A word that the stemmer drops says nothing (``the``, ``is``).
- Numbers, codes and addresses stay as they are (``0x800``, ``169.254``, ``F5``); their
  parts are terms as well, and so is a word without its hyphens (``wifi``).

The terms of fields make a ``tsvector`` of PostgreSQL with the weights A to D.
"""

import re
import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(rf"[{HAN}]+|[a-z0-9]+(?:[-._@][a-z0-9]+)*")
PARTS = re.compile(r"[a-z]+|[0-9]+")
HAN_STOPS = frozenset(
    "的了吗呢吧啊呀么是在有和与或就都也还很太要会能可以我你他她它们这那个一上下去来到把被"
    "给让对说看想用怎如何为什哪里谁请问做没不"
)
"""Characters that alone say nothing; pairs with them are kept."""
MOST_TERMS = 4000
MOST_POSITION = 16383
MOST_TERM_LENGTH = 60
MOST_KEY_LENGTH = 200


def normalize(text):
    """Return the text in one form: full width, ligatures and case are no difference."""
    return unicodedata.normalize("NFKC", text or "").lower()


def split_runs(text):
    """Return the runs of one script in the text, in their order."""
    return RUNS.findall(normalize(text))


def is_han(run):
    """Whether a run is of Chinese characters."""
    return not run[0].isascii()


def find_words(text):
    """Return the set of words in the text that have to be stemmed."""
    words = set()
    for run in split_runs(text):
        if not is_han(run):
            words.update((run, run.replace("-", ""), *PARTS.findall(run)))
    return {word for word in words if word.isalpha()}


def make_terms(text, stems):
    """Return the terms of a text, in their order.

    :param dict stems: ``{word: stem}``; a word that is missing says nothing
    """
    terms = []
    for run in split_runs(text):
        if is_han(run):
            terms += [letter for letter in run if letter not in HAN_STOPS]
            terms += [run[i : i + 2] for i in range(len(run) - 1)]
            continue
        # "Wi-Fi" is also looked for as "wifi", "Outlook2019" as its parts.
        for word in dict.fromkeys((run, run.replace("-", ""), *PARTS.findall(run))):
            if word.isalpha():
                if stem := stems.get(word):
                    terms.append(stem)
            elif len(word) > 1:
                terms.append(word)
    return [term[:MOST_TERM_LENGTH] for term in terms[:MOST_TERMS]]


def make_key(text, stems):
    """Return the different words of a text in one form and order.

    Of Chinese the pairs of neighbours. Texts that say nothing else than each other have
    the same key.

    :param dict stems: ``{word: stem}``; a word that is missing says nothing
    """
    words = set()
    for run in split_runs(text):
        if is_han(run):
            pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
            words.update(pair for pair in pairs if not HAN_STOPS.issuperset(pair))
        elif not run.isalpha():
            words.add(run)
        elif stem := stems.get(run):
            words.add(stem)
    return " ".join(sorted(words))[:MOST_KEY_LENGTH]


def make_vector(fields):
    """Return the text of a ``tsvector`` and the count of its terms.

    :param fields: ``[(weight, terms)]``, a weight of A, B, C or D
    """
    places = {}
    position = 0
    for weight, terms in fields:
        for term in terms:
            position += 1
            if position <= MOST_POSITION:
                places.setdefault(term, []).append(f"{position}{weight}")
    return (
        " ".join(
            f"{quote_term(term)}:{','.join(found[:200])}"
            for term, found in places.items()
        ),
        position,
    )


def make_vectors(texts, stems):
    """Return the texts of the ``tsvector`` of several texts.

    :param texts: list of ``[(weight, text)]``
    :param stems: of all their words, see :func:`make_terms`
    """
    return [
        make_vector([(weight, make_terms(text, stems)) for weight, text in parts])[0]
        for parts in texts
    ]


def quote_term(term):
    """Return a term as ``tsvector`` and ``tsquery`` write it."""
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def distance(one, other, most):
    """Return how many letters two words differ by, ``most + 1`` where by more.

    Two letters that changed places count once.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, last = [], list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and one[i - 2] == against and letter == other[j - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(last[-1], most + 1)


def get_corrections(word, candidates):
    """Return the known words that an unknown word was meant as, the nearest ones."""
    most = 1 if len(word) < 6 else 2
    distances = {item: distance(word, item, most) for item in candidates}
    least = min(distances.values(), default=most + 1)
    if least > most:
        return []
    return [item for item, found in distances.items() if found == least]


def make_excerpt(text, words, length=160):
    """Return the part of the text that has the most of the words."""
    text = " ".join((text or "").split())
    if len(text) <= length:
        return text
    plain = normalize(text)
    if len(plain) != len(text):
        plain = text.lower()
    places = sorted(
        place for word in words if len(word) > 1 and (place := plain.find(word)) >= 0
    )
    best = max(
        places,
        key=lambda start: sum(start <= place < start + length for place in places),
        default=0,
    )
    start = max(0, min(best - 20, len(text) - length))
    # Not in the middle of a word, where words have spaces between them.
    space = text.find(" ", start, best)
    if start and space >= 0:
        start = space + 1
    end = start + length
    return f"{'...' if start else ''}{text[start:end].strip()}" + (
        "..." if end < len(text) else ""
    )
