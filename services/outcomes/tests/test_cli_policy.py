"""The commands for policy files: what is checked, and the schema."""

from pathlib import Path

from commands import POLICY, answer, run


def test_a_policy_file_is_checked(tmp_path: Path) -> None:
    assert "Version 2026.1 can be used" in run("policy", "check", POLICY).stdout
    assert answer(run("policy", "check", POLICY, "--json"))["ranges"] == 3
    bad = tmp_path / "bad.toml"
    bad.write_text('version = "1"\n[merit]\nhire_cut_off = "never"\n[goals]\n')
    result = run("policy", "check", str(bad))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "merit.hire_cut_off: 'never' cannot be used; allowed: a month and day" in result.stderr
    assert "merit.matrix: allowed: a value; it is missing" in result.stderr
    assert run("policy", "check", str(tmp_path / "none.toml")).exit_code == 2
    noticed = run("policy", "check", "-", given='version = "1"\n[goals]\n')
    assert (noticed.exit_code, noticed.stderr) == (0, "Ignored tables: goals\n")


def test_the_schema_is_printed_as_json() -> None:
    assert answer(run("policy", "schema"))["title"] == "PolicyFile"
