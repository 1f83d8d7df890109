"""What is changed in a mutant: for one node of a syntax tree, the nodes that may stand in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "bisect_left": "bisect_right"}


def replacements(node: ast.AST, *, removable: bool) -> Iterator[ast.AST]:
    """Give what may stand in the place of a node; a statement that is ``removable`` may be gone altogether."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                for other in _COMPARISONS[type(op)]:
                    yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
            for i in range(len(node.values)):
                left = [*node.values[:i], *node.values[i + 1 :]]
                yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_of_types(node):
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.Constant():
            yield from (ast.Constant(value) for value in _values(node.value))
        case ast.If() | ast.While() | ast.IfExp() if not _is_negated_anyway(node.test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension() if node.ifs:
            for i in range(len(node.ifs)):
                yield _with(node, ifs=[*node.ifs[:i], *node.ifs[i + 1 :]])
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            yield _with(node, func=ast.Name(_FUNCTIONS[name], ast.Load()))
        case ast.Return() if node.value is not None and not _is_false(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
    if removable and _can_go(node):
        yield ast.Pass()


def _values(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
            if value > 1:
                yield value - 1
        case float():
            yield value * 2 or 1.0
        case bytes() if value:
            yield b""


def _is_negated_anyway(test: ast.AST) -> bool:
    """Tell whether one of the other replacements says the opposite of a condition."""
    return isinstance(test, ast.Compare | ast.UnaryOp)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _is_false(node: ast.AST) -> bool:
    """Tell whether something is as good as None to who asks whether it is so."""
    return isinstance(node, ast.Constant) and not node.value


def _can_go(node: ast.AST) -> bool:
    """Tell whether a statement may go; where a name would be missing afterwards, any test would notice."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets)
    return isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue)


def _is_of_types(node: ast.BinOp) -> bool:
    """Tell whether ``|`` stands between classes, as in a type or an isinstance."""
    return isinstance(node.op, ast.BitOr) and _named(node.right)[:1].isupper()


def _named(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
