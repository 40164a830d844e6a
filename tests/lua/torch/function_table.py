"""What every wrapped function of torch computes, as NumPy says it: the table that test_functions.py runs."""

from __future__ import annotations

import numpy as np

from .reference import (
    INTEGERS,
    REALS,
    SIGNED,
    Row,
    accumulated,
    along_columns,
    as_type,
    comparison,
    correlation_rows,
    counts,
    extreme,
    filled,
    keep,
    matrix_product,
    modes,
    nth,
    ordered,
    pairwise,
    renormed,
    round_half_away,
    scattered,
    squared_distances,
    trunc_div,
    unary,
    with_number,
)

POINTWISE = {
    "fill": [Row("a, 3", lambda a: np.full_like(a, 3), forms="fi")],
    "zero": [Row("a", np.zeros_like, forms="fi")],
    "add": [
        *with_number(lambda a: a + 3),
        *with_number(lambda a: a + np.trunc(1.75), "1.75", INTEGERS),
        *pairwise(np.add),
        Row("a, 2, b", lambda a, b: as_type(a + 2 * b, a)),
    ],
    "csub": [*with_number(lambda a: a - 3), *pairwise(np.subtract), Row("a, 2, b", lambda a, b: as_type(a - 2 * b, a))],
    "mul": with_number(lambda a: a * 3),
    "div": with_number(lambda a: trunc_div(a, 3)),
    "lshift": with_number(lambda a: a * 4, "2"),
    "rshift": [*with_number(lambda a: a // 4, "2", INTEGERS), *with_number(lambda a: a / 4, "2", REALS)],
    "fmod": with_number(lambda a: np.fmod(a, 3)),
    "remainder": with_number(lambda a: np.remainder(a, 3)),
    "mod": with_number(lambda a: np.remainder(a, 3)),
    "bitand": with_number(lambda a: a & 3, types=INTEGERS),
    "bitor": with_number(lambda a: a | 3, types=INTEGERS),
    "bitxor": with_number(lambda a: a ^ 3, types=INTEGERS),
    "cmul": pairwise(np.multiply),
    "cdiv": pairwise(trunc_div),
    "cpow": pairwise(lambda a, b: np.power(a.astype(np.float64), b), values="small"),
    "clshift": pairwise(lambda a, b: a * 2.0**b),
    "crshift": [*pairwise(lambda a, b: a // 2**b, INTEGERS), *pairwise(lambda a, b: a / 2**b, REALS)],
    "cfmod": pairwise(np.fmod),
    "cremainder": pairwise(np.remainder),
    "cmod": pairwise(np.remainder),
    "cbitand": pairwise(np.bitwise_and, INTEGERS),
    "cbitor": pairwise(np.bitwise_or, INTEGERS),
    "cbitxor": pairwise(np.bitwise_xor, INTEGERS),
    "clamp": [Row("a, 2, 4", lambda a: np.clip(a, 2, 4))],
    "cmax": [*pairwise(np.maximum), Row("a, 3", lambda a: np.maximum(a, np.asarray(3, a.dtype)))],
    "cmin": [*pairwise(np.minimum), Row("a, 3", lambda a: np.minimum(a, np.asarray(3, a.dtype)))],
    "addcmul": [
        Row("a, 2, b, c", lambda a, b, c: as_type(a + 2 * b * c, a)),
        Row("a, b, c", lambda a, b, c: as_type(a + b * c, a)),
    ],
    "addcdiv": [
        Row("a, b, c", lambda a, b, c: as_type(a + trunc_div(b, c), a)),
        Row("a, 2, b, c", lambda a, b, c: as_type(a + trunc_div(2 * b, c), a)),
    ],
    "sign": [Row("a", np.sign, values="wide")],
    "abs": [Row("a", np.abs, SIGNED, values="wide")],
    "lerp": [Row("a, b, 0.25", lambda a, b: a + 0.25 * (b - a), REALS)],
    "atan2": pairwise(np.arctan2, REALS),
    "pow": [
        Row("a, 3", lambda a: a**3, REALS),
        Row("a, 0.5", np.sqrt, REALS),
        Row("2, a", lambda a: 2**a, REALS, "frs"),
    ],
    "log": unary(np.log),
    "log1p": unary(np.log1p),
    "exp": unary(np.exp, "wide"),
    "cos": unary(np.cos, "wide"),
    "acos": unary(np.arccos),
    "cosh": unary(np.cosh, "wide"),
    "sin": unary(np.sin, "wide"),
    "asin": unary(np.arcsin),
    "sinh": unary(np.sinh, "wide"),
    "tan": unary(np.tan),
    "atan": unary(np.arctan, "wide"),
    "tanh": unary(np.tanh, "wide"),
    "sqrt": unary(np.sqrt),
    "rsqrt": unary(lambda a: 1 / np.sqrt(a)),
    "round": unary(round_half_away, "halves"),
    "ceil": unary(np.ceil, "wide"),
    "floor": unary(np.floor, "wide"),
    "trunc": unary(np.trunc, "wide"),
    "frac": unary(lambda a: a - np.trunc(a), "wide"),
    "sigmoid": unary(lambda a: 1 / (1 + np.exp(-a)), "wide"),
    "neg": unary(np.negative, "wide"),
    "cinv": unary(np.reciprocal),
    "lt": comparison(np.less),
    "gt": comparison(np.greater),
    "le": comparison(np.less_equal),
    "ge": comparison(np.greater_equal),
    "eq": comparison(np.equal),
    "ne": comparison(np.not_equal),
}

REDUCTIONS = {
    "sum": [
        Row("a", np.sum, forms="fm"),
        Row("a, 1", keep(np.sum, 0), forms="frsm"),
        Row("a, 2", keep(np.sum, 1), forms="frsm"),
    ],
    "prod": [
        Row("a", lambda a: np.prod(a, dtype=np.float64), forms="fm", shapes=((2, 3),)),
        Row("a, 1", keep(np.prod, 0), forms="frsm"),
    ],
    "cumsum": [
        Row("a", lambda a: np.cumsum(a, 0, a.dtype), forms="frsm"),
        Row("a, 2", lambda a: np.cumsum(a, 1, a.dtype), forms="frsm"),
    ],
    "cumprod": [Row("a, 1", lambda a: np.cumprod(a, 0, a.dtype), forms="frsm")],
    "max": [
        Row("a", np.max, forms="fm"),
        *(Row(f"a, {d}", extreme(np.max, np.argmax, d - 1), forms="fR", values="ties") for d in (1, 2)),
    ],
    "min": [
        Row("a", np.min, forms="fm"),
        *(Row(f"a, {d}", extreme(np.min, np.argmin, d - 1), forms="fR", values="ties") for d in (1, 2)),
    ],
    "mean": [Row("a", np.mean, REALS, "fm"), Row("a, 2", keep(np.mean, 1), REALS, "frsm")],
    "var": [
        Row("a", lambda a: a.var(ddof=1), REALS, "fm"),
        Row("a, true", lambda a: a.var(), REALS, "fm"),
        Row("a, 1", lambda a: a.var(0, ddof=1, keepdims=True), REALS, "frsm"),
        Row("a, 1, true", lambda a: a.var(0, keepdims=True), REALS, "frsm"),
    ],
    "std": [
        Row("a", lambda a: a.std(ddof=1), REALS, "fm"),
        Row("a, 2", lambda a: a.std(1, ddof=1, keepdims=True), REALS, "frsm"),
    ],
    "norm": [
        Row("a", lambda a: np.linalg.norm(a), REALS, "fm"),
        Row("a, 1", lambda a: np.abs(a).sum(), REALS, "fm"),
        Row("a, 0", np.count_nonzero, REALS, "fm", values="wide"),
        Row("a, 3, 2", lambda a: along_columns(a, 3), REALS, "frsm"),
    ],
    "renorm": [Row("a, 2, 1, 1", renormed, REALS)],
    "dist": [
        Row("a, b", lambda a, b: np.linalg.norm(a - b), REALS, "fm"),
        Row("a, b, 1", lambda a, b: np.abs(a - b).sum(), REALS, "fm"),
    ],
    "dot": [Row("a, b", lambda a, b: (a.astype(np.float64) * b).sum(), forms="fm")],
    "trace": [Row("a", np.trace, forms="fm")],
    "numel": [Row("a", np.size, forms="fm")],
    "equal": [Row("a, a", lambda a: True, forms="fm"), Row("a, b", lambda a, b: bool((a == b).all()), forms="fm")],
    "all": [Row("a", lambda a: bool(a.all()), ("Byte",), "fm", values="mask")],
    "any": [Row("a", lambda a: bool(a.any()), ("Byte",), "fm", values="mask")],
    "sort": [
        Row("a", lambda a: ordered(a, 1), forms="fR", values="distinct"),
        Row("a, 1", lambda a: ordered(a, 0), forms="fR", values="distinct"),
        Row("a, 2, true", lambda a: ordered(a, 1, True), forms="fR", values="distinct"),
        Row("a, true", lambda a: ordered(a, 1, True), forms="f", values="distinct"),
    ],
    "topk": [
        Row("a, 2, 2, false, true", lambda a: tuple(x[:, :2] for x in ordered(a, 1)), forms="fR", values="distinct"),
        Row("a, 2, 1, true, true", lambda a: tuple(x[:2] for x in ordered(a, 0, True)), forms="fR", values="distinct"),
        Row("a", lambda a: tuple(x[:, :1] for x in ordered(a, 1)), forms="fR", values="distinct"),
    ],
    "kthvalue": [
        Row("a, 3", lambda a: nth(a, 1, 3), forms="fR", values="distinct"),
        Row("a, 2, 1", lambda a: nth(a, 0, 2), forms="fR", values="distinct"),
    ],
    "median": [
        Row("a", lambda a: nth(a, 1, 3), forms="fR", values="distinct"),
        Row("a, 1", lambda a: nth(a, 0, 2), forms="fR", values="distinct"),
    ],
    "mode": [Row("a", modes, forms="fR")],
    "histc": [
        Row("a, 10, 0, 6", lambda a: counts(a, 0, 6), REALS, "frsm"),
        Row("a, 10", lambda a: counts(a, a.min(), a.max()), REALS, "frsm"),
    ],
    "bhistc": [Row("a, 10, 0, 6", lambda a: np.stack([counts(row, 0, 6) for row in a]), REALS, "frsm")],
    "match": [
        Row("a, b", squared_distances, forms="frs", shapes=((4, 5), (3, 5))),
        Row("a, b, 2", lambda a, b: as_type(2 * squared_distances(a, b), a), forms="frs", shapes=((4, 5), (3, 5))),
    ],
}

SHAPES = {
    "zeros": [
        Row("2, 3", filled((2, 3), 0), forms="f1"),
        Row("torch.LongStorage{2, 3}", filled((2, 3), 0), forms="f1"),
    ],
    "ones": [Row("2, 3", filled((2, 3), 1), forms="f1")],
    "eye": [
        Row("3", lambda a: np.eye(3, dtype=a.dtype), forms="f1"),
        Row("3, 4", lambda a: np.eye(3, 4, dtype=a.dtype), forms="f1"),
    ],
    "range": [
        Row("2, 9", lambda a: np.arange(2, 10).astype(a.dtype), forms="f1"),
        Row("2, 9, 3", lambda a: np.array([2, 5, 8], a.dtype), forms="f1"),
        Row("1, 0, -0.25", lambda a: np.linspace(1, 0, 5).astype(a.dtype), REALS, "f1"),
    ],
    "linspace": [
        Row("1, 3, 5", lambda a: np.linspace(1, 3, 5), REALS, "f1"),
        Row("0, 1", lambda a: np.linspace(0, 1, 100), REALS, "f1"),
    ],
    "logspace": [Row("0, 2, 5", lambda a: np.logspace(0, 2, 5), REALS, "f1")],
    "reshape": [
        Row("a, 10, 2", lambda a: a.reshape(10, 2), forms="frsm"),
        Row("a, torch.LongStorage{2, 10}", lambda a: a.reshape(2, 10), forms="frsm"),
    ],
    "diag": [
        Row("a", np.diag, forms="frsm"),
        Row("a, 1", lambda a: np.diag(a, 1), forms="frsm"),
        Row("a, -1", lambda a: np.diag(a, -1), forms="frsm", shapes=((3,),)),
    ],
    "tril": [Row("a", np.tril, forms="frsm"), Row("a, 1", lambda a: np.tril(a, 1), forms="frsm")],
    "triu": [Row("a", np.triu, forms="frsm"), Row("a, -1", lambda a: np.triu(a, -1), forms="frsm")],
    "squeeze": [
        Row("a", lambda a: a.squeeze(), forms="frm", shapes=((4, 1, 5),)),
        Row("a, 2", lambda a: a.squeeze(1), forms="frm", shapes=((4, 1, 5),)),
    ],
    "cat": [
        Row("a, b", lambda a, b: np.concatenate([a, b], 1), forms="frsm"),
        Row("a, b, 1", lambda a, b: np.concatenate([a, b], 0), forms="frsm"),
        Row("{a, b, c}, 1", lambda a, b, c: np.concatenate([a, b, c], 0), forms="frs"),
    ],
    "cross": [Row("a, b", lambda a, b: as_type(np.cross(a, b, axis=0), a), forms="frsm", shapes=((3, 4), (3, 4)))],
    "gather": [Row("a, 1, i", lambda a, i: np.take_along_axis(a, i - 1, 0), forms="frsm", index="rows")],
    "scatter": [
        Row("a, 1, i, b", lambda a, b, i: scattered(a, i, b), forms="fi", index="rows"),
        Row("a, 1, i, 7", lambda a, i: scattered(a, i, 7), forms="fi", index="rows"),
    ],
    "scatterAdd": [Row("a, 1, i, b", lambda a, b, i: scattered(a, i, b, add=True), forms="fi", index="rows")],
    "nonzero": [Row("a", lambda a: np.argwhere(a) + 1, forms="fm", values="mask")],
}

PRODUCTS = {
    "mv": matrix_product("fs", ((4, 5), (5,)), np.matmul),
    "mm": matrix_product("fs", ((4, 5), (5, 3)), np.matmul),
    "bmm": matrix_product("fs", ((2, 4, 5), (2, 5, 3)), np.matmul),
    "ger": matrix_product("fs", ((4,), (5,)), np.outer),
    "addmv": accumulated(((4,), (4, 5), (5,)), np.matmul),
    "addmm": accumulated(((4, 3), (4, 5), (5, 3)), np.matmul),
    "addr": accumulated(((4, 5), (4,), (5,)), np.outer),
    "addbmm": accumulated(((4, 3), (2, 4, 5), (2, 5, 3)), lambda b, c: np.matmul(b, c).sum(0)),
    "baddbmm": accumulated(((2, 4, 3), (2, 4, 5), (2, 5, 3)), np.matmul),
    "conv2": correlation_rows(2, True),
    "xcorr2": correlation_rows(2, False),
    "conv3": correlation_rows(3, True),
    "xcorr3": correlation_rows(3, False),
}

TABLE: dict[str, list[Row]] = {**POINTWISE, **REDUCTIONS, **SHAPES, **PRODUCTS}

# Checked by what they satisfy (test_lapack.py) and by the recorded streams (test_random.py).
LAPACK = set("gesv gels trtrs symeig eig svd inverse potrf potri potrs pstrf qr geqrf orgqr ormqr".split())
RANDOM = set(
    "random geometric bernoulli uniform normal cauchy logNormal exponential rand randn randperm multinomial"
    " multinomialAliasSetup_ multinomialAlias_".split()
)
