from . import formula, periods, replay, rounds, scoring, span
