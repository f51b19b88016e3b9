"""A seed decides everything that a demo plays."""

from pathlib import Path

from played import Report, play

from plumbline_local.demo.setup import choose_script


def played(seed: int, servers: Path) -> Report:
    """What the report says, without how long it took."""
    report = play(choose_script(None, None), quarters=1, seed=seed, servers=servers)
    assert report.pop("timings")
    return report


def test_two_runs_of_one_seed_tell_the_same(test_servers: Path) -> None:
    assert played(11, test_servers) == played(11, test_servers)
