"""Arithmetic expressions of users, compiled once to plain functions.

The text is parsed to a syntax tree, each node must be on the list below, and
the tree becomes nested functions over named numbers. Nothing is ever passed to
``eval``; there are no attributes, subscripts, strings or powers, so a formula
can neither reach an object nor use up the machine.
"""

import ast
import operator
from decimal import Decimal, InvalidOperation, localcontext

from .scoring import CONTEXT, to_decimal

MAX_LENGTH = 500
MAX_DEPTH = 60
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class FormulaError(ValueError):
    """A formula that may not be used; ``args`` are a code and the culprit."""


class _MissingError(Exception):
    """A name without value: the whole formula has no value."""


class Formula:
    """A checked expression; calling it with numbers gives a number or None.

    A missing operand or a division by zero gives None: missing, not an error.
    """

    def __init__(self, text):
        text = (text or "").strip()
        if not text:
            raise FormulaError("empty", "")
        if len(text) > MAX_LENGTH:
            raise FormulaError("long", str(MAX_LENGTH))
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise FormulaError("syntax", _get_rest(text, error)) from error
        self.text = text
        self.names = set()
        self._function = self._compile(tree.body, 0)

    def __call__(self, values):
        """Return the number, or None when an operand is missing.

        :param dict values: ``{name: number or None}``
        """
        try:
            with localcontext(CONTEXT):
                result = self._function(values)
                return Decimal(int(result)) if isinstance(result, bool) else result
        except (_MissingError, ArithmeticError):
            return None

    def _compile(self, node, depth):
        if depth > MAX_DEPTH:
            raise FormulaError("deep", str(MAX_DEPTH))
        method = getattr(self, f"_compile_{type(node).__name__.lower()}", None)
        if method is None:
            raise FormulaError("forbidden", ast.unparse(node))
        return method(node, depth + 1)

    def _compile_constant(self, node, _depth):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise FormulaError("forbidden", ast.unparse(node))
        number = to_decimal(node.value)
        if not number.is_finite():
            raise FormulaError("forbidden", ast.unparse(node))
        return lambda values: number

    def _compile_name(self, node, _depth):
        name = node.id
        self.names.add(name)

        def read(values):
            value = values.get(name)
            if value is None:
                raise _MissingError
            return to_decimal(value)

        return read

    def _compile_binop(self, node, depth):
        function = OPERATORS.get(type(node.op))
        if function is None:
            raise FormulaError("forbidden", ast.unparse(node))
        left = self._compile(node.left, depth)
        right = self._compile(node.right, depth)
        return lambda values: function(left(values), right(values))

    def _compile_unaryop(self, node, depth):
        operand = self._compile(node.operand, depth)
        if isinstance(node.op, ast.USub):
            return lambda values: -operand(values)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.Not):
            return lambda values: not operand(values)
        raise FormulaError("forbidden", ast.unparse(node))

    def _compile_compare(self, node, depth):
        parts = [self._compile(item, depth) for item in (node.left, *node.comparators)]
        tests = [COMPARISONS.get(type(item)) for item in node.ops]
        if None in tests:
            raise FormulaError("forbidden", ast.unparse(node))

        def compare(values):
            numbers = [part(values) for part in parts]
            return all(
                test(left, right)
                for test, left, right in zip(tests, numbers, numbers[1:], strict=False)
            )

        return compare

    def _compile_boolop(self, node, depth):
        parts = [self._compile(item, depth) for item in node.values]
        combine = all if isinstance(node.op, ast.And) else any
        return lambda values: combine(part(values) for part in parts)

    def _compile_ifexp(self, node, depth):
        test = self._compile(node.test, depth)
        body = self._compile(node.body, depth)
        other = self._compile(node.orelse, depth)
        return lambda values: body(values) if test(values) else other(values)

    def _compile_call(self, node, depth):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        function = FUNCTIONS.get(name)
        if function is None or node.keywords:
            raise FormulaError("forbidden", ast.unparse(node))
        lowest, highest = ARGUMENTS[name]
        if not lowest <= len(node.args) <= highest:
            raise FormulaError("arguments", name)
        parts = [self._compile(item, depth) for item in node.args]
        return lambda values: function(*[part(values) for part in parts])


def _get_rest(text, error):
    """Return the part of ``text`` from which on it cannot be read.

    Empty when it breaks off: the parser then stands at the end, or at 0.
    """
    offset = getattr(error, "offset", None) or len(text) + 1
    return text[offset - 1 :][:20]


def _round(number, digits=0):
    """Round half up, unlike Python's own ``round``."""
    digits = int(digits)
    if not -12 <= digits <= 12:
        raise InvalidOperation
    return to_decimal(number).quantize(Decimal(1).scaleb(-digits))


FUNCTIONS = {"min": min, "max": max, "abs": abs, "round": _round}
ARGUMENTS = {"min": (2, 20), "max": (2, 20), "abs": (1, 1), "round": (1, 2)}
