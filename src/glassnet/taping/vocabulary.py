"""The vocabulary of typed expressions: signs, functions and what their arguments mean."""

import ast

import numpy as np

SIGNS: dict[type, np.ufunc] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.MatMult: np.matmul,
}  # fmt: skip
COMPARISONS: dict[type, np.ufunc] = {
    ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Lt: np.less, ast.LtE: np.less_equal, ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}  # fmt: skip
ALLOWED = "+, -, *, /, **, @, numbers, lists of numbers, names, x[0] and functions such as tanh(x)"
INSTEAD = {
    "BitXor": "write ** for a power",
    "IfExp": "write where(x > 0, …, …)",
    "Tuple": "write one expression in a line, and numbers with a point, such as 1.5",
    "Lambda": "write the expression alone",
}
METHODS = ("sum", "mean", "max", "min")
JOINING = ("concatenate", "stack")  # of several arrays
WITH_AXES = (  # as the second argument, or a shape
    *JOINING, *METHODS, "var", "std", "cumsum", "reshape", "transpose", "expand_dims", "squeeze",
)  # fmt: skip
OF_AXES = ("axis", "axes", "shape", "newshape")  # names of arguments
# Of what the tape knows: functions that end soon and need little memory, whatever their arguments.
FUNCTIONS = (
    "abs", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "square", "reciprocal", "sin", "cos", "tan",
    "arctan", "sinh", "cosh", "tanh", "maximum", "minimum", "clip", "logaddexp", "where", "sign", "floor", "ceil",
    "sum", "mean", "max", "min", "var", "std", "cumsum", "dot", "matmul", "outer", "transpose", "reshape",
    "expand_dims", "squeeze", "concatenate", "stack",
)  # fmt: skip
