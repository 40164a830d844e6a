"""The coverage report lists what the Lua package's own table defines."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from pytorch_fbcunn_compat import coverage


def test_functions_carry_types_and_forms() -> None:
    by_name = {function.name: function for function in coverage.functions()}
    add = by_name["add"]
    assert add.types == ("Byte", "Char", "Short", "Int", "Long", "Float", "Double")
    assert add.function_forms == (
        "[*DoubleTensor*] DoubleTensor double",
        "[*DoubleTensor*] DoubleTensor [double] DoubleTensor",
    )
    assert by_name["conv2"].function_forms[0].endswith("[(V|F)]")
    assert by_name["svd"].types == ("Float", "Double") and by_name["svd"].method_forms == ()


def test_command_prints_the_table() -> None:
    from pytorch_fbcunn_compat.cli.app import app

    result = CliRunner().invoke(app, ["doctor", "--coverage"])
    assert result.exit_code == 0 and "names," in result.output
    listed = json.loads(CliRunner().invoke(app, ["doctor", "--coverage", "--json"]).output)
    assert {"name", "types", "function_forms", "method_forms"} == set(listed[0])
