from . import deferral, formula, gate, periods, replay, rounds, scoring, span
