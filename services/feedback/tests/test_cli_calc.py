"""Feedback's commands on a spreadsheet."""

import json

from typer.testing import Result

from feedback.inbound.cli import register
from plumbline_local.testing_commands import run_commands

SCORES = "group,respondent,score\n" + "".join(
    [
        *(f"all,{who},{score}\n" for who, score in zip("abcde", (4, 4, 3, 5, 4), strict=True)),
        *(f"peers,{who},{score}\n" for who, score in zip("abcd", (4, 4, 3, 5), strict=True)),
        "reports,e,4\n",
    ]
)


def run(*arguments: str, text: str) -> Result:
    return run_commands(register, "calc", *arguments, given=text)


def test_groups_are_shown_or_suppressed_with_their_reason() -> None:
    result = run("anonymity", "-", "--json", text=SCORES)
    assert json.loads(result.stdout) == {
        "rule_version": "feedback-2",
        "threshold": 3,
        "groups": [
            {"group": "all", "n": 5, "state": "shown", "reason": None, "band": ["4", "4.5"]},
            {"group": "peers", "n": 4, "state": "suppressed", "reason": "differencing", "band": None},
            {"group": "reports", "n": 1, "state": "suppressed", "reason": "too_few", "band": None},
        ],
    }


def test_the_threshold_is_an_option() -> None:
    result = run("anonymity", "-", "--json", "--threshold", "1", text=SCORES)
    assert {each["state"] for each in json.loads(result.stdout)["groups"]} == {"shown"}


def test_every_bad_score_is_listed_and_nothing_is_written() -> None:
    text = "group,respondent,score\nall,a,4\nall,a,5\nall,b,0\n,c,x\n"
    result = run("anonymity", "-", "--json", text=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [each.split(":")[0] for each in result.stderr.splitlines()] == [
        *(
            "line 3, column respondent",
            "line 4, column score",
            "line 5, column group",
            "line 5, column score",
        ),
    ]


def test_the_table_names_the_band() -> None:
    assert "4 to 4.5" in run("anonymity", "-", text=SCORES).stdout


def test_warnings_quote_words() -> None:
    result = run("linter", "-", "--json", text='id,text\n1,"She is brilliant, kind"\n')
    warnings = json.loads(result.stdout)["results"][0]["warnings"]
    assert [each["rule"] for each in warnings] == [
        *("no_situation", "no_artefact_or_date", "under_15_words", "traits_alone"),
    ]
    assert warnings[3]["quoted_words"] == ["brilliant", "kind"]
    assert "brilliant, kind" in run("linter", "-", text='id,text\n1,"She is brilliant, kind"\n').stdout


def test_texts_are_named_once_and_not_empty() -> None:
    result = run("linter", "-", text="id,text\n1,hello\n1,again\n2,\n")
    assert result.exit_code == 2
    assert [each.split(":")[0] for each in result.stderr.splitlines()] == [
        "line 3, column id",
        "line 4, column text",
    ]
