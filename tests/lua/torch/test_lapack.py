"""Linear algebra: what each function's results satisfy, results given first or not, contiguous inputs or not."""

from __future__ import annotations

import pytest

from .function_table import LAPACK

# name → statements over m, n: general matrices (5x5, 6x4), s: symmetric positive definite,
# b, c: right-hand sides (5x2, 6x2), F(name, results, ...): the function, near(a, b): the equation.
STATEMENTS = {
    "gesv": "local x, lu = F('gesv', 2, b, m) near(m * x, b) near(torch.tril(lu, -1):norm() > 0 and 1 or 0, 1)",
    "gels": """
        local x, qr = F('gels', 2, c, n)
        near(n:t() * (n * x - c), torch.zeros(4, 2):typeAs(m))
        local y = F('gels', 2, b:narrow(1, 1, 4), n:t())
        near(n:t() * y, b:narrow(1, 1, 4))""",
    "trtrs": """
        local x = F('trtrs', 2, b, torch.triu(m), 'U', 'N', 'N') near(torch.triu(m) * x, b)
        local y = F('trtrs', 2, b, m, 'L', 'T', 'N') near(torch.tril(m):t() * y, b)
        local unit = torch.tril(m, -1) + torch.eye(5):typeAs(m)
        local z = F('trtrs', 2, b, m, 'L', 'N', 'U') near(unit * z, b)""",
    "symeig": """
        local e, v = F('symeig', 2, s, 'V', 'U')
        near(v * torch.diag(e) * v:t(), s)
        near(F('symeig', 2, s), e)
        near(torch.sort(e), e)""",
    "eig": """
        local e, v = F('eig', 2, m, 'V')
        for j = 1, 5 do
          if e[j][2] == 0 then near(m * v:select(2, j), v:select(2, j) * e[j][1])
          elseif e[j][2] > 0 then
            local re, im = v:select(2, j), v:select(2, j + 1)
            near(m * re, re * e[j][1] - im * e[j][2])
            near(m * im, im * e[j][1] + re * e[j][2])
          end
        end
        near(e:select(2, 1):sum(), m:trace())""",
    "svd": """
        local u, d, v = F('svd', 3, n)
        near(u * torch.diag(d) * v:t(), n) near(u:size(2), 4)
        local full = F('svd', 3, n, 'A') near(full:size(2), 6) near(full:t() * full, torch.eye(6):typeAs(m))""",
    "inverse": "local x = F('inverse', 1, m) near(x * m, torch.eye(5):typeAs(m)) near(x:stride(1), 1)",
    "potrf": """
        local u, l = F('potrf', 1, s), F('potrf', 1, s, 'L')
        near(u:t() * u, s) near(l * l:t(), s) near(torch.triu(u), u) near(torch.tril(l), l)""",
    "potrs": """
        near(s * F('potrs', 1, b, torch.potrf(s)), b)
        near(s * F('potrs', 1, b, torch.potrf(s, 'L'), 'L'), b)""",
    "potri": """
        near(F('potri', 1, torch.potrf(s)) * s, torch.eye(5):typeAs(m))
        near(F('potri', 1, torch.potrf(s, 'L'), 'L') * s, torch.eye(5):typeAs(m))""",
    "pstrf": """
        for _, part in ipairs { 'U', 'L' } do
          local f, piv = F('pstrf', 2, s, part)
          piv = piv:long()
          near(part == 'U' and f:t() * f or f * f:t(), s:index(1, piv):index(2, piv))
        end""",
    "qr": """
        local q, r = F('qr', 2, n)
        near(q * r, n) near(q:t() * q, torch.eye(4):typeAs(m)) near(torch.triu(r), r)""",
    "geqrf": "local a = F('geqrf', 2, n) local _, r = torch.qr(n) near(torch.triu(a:narrow(1, 1, 4)), r)",
    "orgqr": "local a, tau = torch.geqrf(n) near(F('orgqr', 1, a, tau), (torch.qr(n)))",
    "ormqr": """
        local a, tau = torch.geqrf(m)
        local q = torch.qr(m)
        near(F('ormqr', 1, a, tau, b), q * b)
        near(F('ormqr', 1, a, tau, b, 'L', 'T'), q:t() * b)
        near(F('ormqr', 1, a, tau, b:t(), 'R', 'N'), b:t() * q)""",
}

PRELUDE = """
require 'torch'
local kind, strided, given, body = ...
torch.manualSeed(7)
local Tensor = torch[kind .. 'Tensor']
local tolerance = kind == 'Float' and 2e-3 or 1e-9
local function made(...)
  local t = torch.rand(...):typeAs(Tensor())
  return strided and t:transpose(1, 2):contiguous():transpose(1, 2) or t
end
local env = setmetatable({}, { __index = _G })
env.m, env.n, env.b, env.c = made(5, 5), made(6, 4), made(5, 2), made(6, 2)
for i = 1, 5 do env.m[i][i] = env.m[i][i] + 2 end
env.s = env.m * env.m:t()
function env.F(name, count, ...)
  if not given then return torch[name](...) end
  local results = {}
  for i = 1, count do results[i] = (name == 'pstrf' and i == 2) and torch.IntTensor() or Tensor() end
  local all = { unpack(results) }
  for _, argument in ipairs { ... } do all[#all + 1] = argument end
  torch[name](unpack(all))
  return unpack(results)
end
function env.near(a, b)
  local difference = torch.isTensor(a) and (a - b):abs():max() or math.abs(a - b)
  assert(difference < tolerance, ('difference of %g'):format(difference))
end
setfenv(assert(loadstring(body)), env)()
"""


def test_every_function_is_tested() -> None:
    assert set(STATEMENTS) == LAPACK


@pytest.mark.parametrize("given", [False, True], ids=["new", "given"])
@pytest.mark.parametrize("strided", [False, True], ids=["contiguous", "strided"])
@pytest.mark.parametrize("kind", ["Float", "Double"])
@pytest.mark.parametrize("name", sorted(LAPACK))
def test_results_satisfy_the_equations(lua, name: str, kind: str, strided: bool, given: bool) -> None:
    lua.execute(PRELUDE, kind, strided, given, STATEMENTS[name])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("gesv(torch.zeros(2, 1), torch.zeros(2, 2))", "Lapack Error in gesv : U(1,1) is zero, singular U."),
        ("gesv(torch.zeros(3, 1), torch.zeros(2, 2))", "A,B size incompatible"),
        ("gesv(torch.zeros(2, 1), torch.zeros(2, 3))", "A should be square"),
        ("inverse(torch.ones(2, 2))", "U(2,2) is 0, U is singular"),
        ("potrf(torch.ones(2, 2))", "the leading minor of order 2 is not positive definite"),
        ("pstrf(torch.ones(2, 2))", "matrix is rank deficient or not positive semidefinite"),
        ("trtrs(torch.ones(2, 1), torch.zeros(2, 2))", "A(1,1) is zero, singular A"),
        ("svd(torch.ones(2))", "A should have 2 dimensions"),
        ("qr(torch.ByteTensor(2, 2))", "torch.ByteTensor does not implement the torch.qr() function"),
    ],
)
def test_errors_say_what_is_wrong(lua, call: str, message: str) -> None:
    text = lua.execute(f"local ok, text = pcall(function() return torch.{call} end) assert(not ok) return text")
    assert message in text


def test_results_given_are_written_where_they_lie(lua) -> None:
    """A result of the right size that is a view keeps its strides; a contiguous one turns column-major."""
    lua.execute(
        """
        local m = torch.eye(3) * 2
        local r = torch.zeros(3, 3)
        local s = r:storage()
        torch.inverse(r, m)
        assert(r:storage() == s and r:stride(1) == 1 and r:stride(2) == 3)
        local whole = torch.zeros(3, 2, 3)
        torch.inverse(whole:select(2, 1), m)
        assert(whole:sum() == 1.5 and whole:select(2, 2):sum() == 0)
        """
    )
