"""Behaviour, not traits: what a piece of feedback lacks. It warns and never blocks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FEWEST_WORDS = 15

MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    rf"|\b(?:{MONTHS})\s+\d{{1,4}}\b|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{MONTHS})\b"
    rf"|\b(?:in|since|until|last|this|early|late|mid)[\s-]+(?:{MONTHS})\b"
    rf"|\b(?:on|last|this|every)\s+(?:{DAYS})s?\b|\bq[1-4]\b|\b(?:week|sprint)\s+\d+\b"
    r"|\b(?:last|this)\s+(?:week|month|quarter|sprint|year)\b|\byesterday\b",
    re.IGNORECASE,
)
PROJECT = re.compile(
    r"\b(?:during|in|on|at|for|after|before|throughout)\s+(?:\S+\s+){1,4}?"
    r"(?:project|migration|launch|release|incident|outage|sprint|rollout|review|retrospective|meeting|planning"
    r"|interview|demo|workshop|session|handover|deadline|on-call|upgrade|audit)s?\b",
    re.IGNORECASE,
)
ARTEFACT = re.compile(
    r"https?://\S+|\b[A-Z][A-Z0-9]+-\d+\b|#\d+\b"
    r"|\b(?:pull requests?|merge requests?|design docs?|documents?|documentation|reports?|tickets?|dashboards?|runbooks?"
    r"|slides?|presentations?|specs?|specifications?|proposals?|designs?|diagrams?|schemas?|posts?|post-?mortems?"
    r"|tests?|test suites?|prototypes?|emails?|minutes|plans?|scripts?|code reviews?|commits?|alerts?|budgets?)\b",
    re.IGNORECASE,
)
TRAIT = re.compile(
    r"\b(?:abrasive|aggressive|amazing|ambitious|arrogant|articulate|assertive|awesome|bossy|brilliant|caring|charming"
    r"|cheerful|clever|committed|confident|cooperative|creative|curious|dedicated|dependable|difficult|diligent"
    r"|disorganized|driven|dynamic|easy-?going|emotional|energetic|enthusiastic|excellent|fantastic|fearless|friendly"
    r"|funny|genius|great|hard-?working|helpful|honest|humble|impatient|independent|innovative|insightful|intelligent"
    r"|intuitive|kind|lazy|likeable|loyal|moody|motivated|negative|nice|nurturing|open-?minded|opinionated|organized"
    r"|outgoing|passionate|passive|patient|pleasant|polite|positive|proactive|professional|quiet|reliable|rude|selfish"
    r"|sensitive|shy|skilled|smart|stubborn|superb|supportive|talented|thorough|thoughtful|unfriendly|unmotivated"
    r"|unprofessional|unreliable|wonderful|team player|rock ?star|natural leader)\b",
    re.IGNORECASE,
)
DEED = re.compile(
    r"\b(?:wrote|led|built|ran|gave|took|found|made|sent|held|taught|broke|cut|drew|brought|kept|met|missed|set|spoke"
    r"|chose|left|paid|showed|came|began|did|got|put|saw|said|told|went|forgot|rewrote|undertook|overran"
    r"|(?!committed\b|dedicated\b|motivated\b|unmotivated\b|talented\b|skilled\b|organized\b|disorganized\b"
    r"|opinionated\b|need\b|indeed\b|speed\b|feed\b|open-minded\b)[a-z]{2,}ed)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+(?:['’\-]\w+)*")


class Lint(StrEnum):
    """The four things that the linter looks for."""

    NO_SITUATION = "no_situation"
    NO_ARTEFACT_OR_DATE = "no_artefact_or_date"
    TOO_SHORT = "under_15_words"
    TRAITS_ALONE = "traits_alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One warning, with the words of the text that it is about (none where something is absent)."""

    rule: Lint
    quoted_words: tuple[str, ...]
    advice: str


def names_no_situation(text: str) -> tuple[str, ...] | None:
    """No date and no project or occasion says when it was."""
    return None if DATE.search(text) or PROJECT.search(text) else ()


def names_no_artefact_or_date(text: str) -> tuple[str, ...] | None:
    """Nothing that somebody could look up: no document, ticket, link or date."""
    return None if DATE.search(text) or ARTEFACT.search(text) else ()


def has_under_15_words(text: str) -> tuple[str, ...] | None:
    """Fewer than 15 words, which it quotes."""
    words = tuple(WORD.findall(text))
    return words if len(words) < FEWEST_WORDS else None


def has_traits_alone(text: str) -> tuple[str, ...] | None:
    """Trait adjectives, which it quotes, and nothing that the person did."""
    traits = tuple(TRAIT.findall(text))
    return traits if traits and not DEED.search(text) else None


RULES: tuple[tuple[Lint, Callable[[str], tuple[str, ...] | None], str], ...] = (
    (Lint.NO_SITUATION, names_no_situation, "Say when it was: a date or a project."),
    (
        Lint.NO_ARTEFACT_OR_DATE,
        names_no_artefact_or_date,
        "Name something to look up: a document, a ticket or a date.",
    ),
    (Lint.TOO_SHORT, has_under_15_words, "Describe situation, behaviour and impact in 15 words or more."),
    (Lint.TRAITS_ALONE, has_traits_alone, "Say what the person did instead of how the person is."),
)


def lint_feedback(text: str) -> tuple[Warned, ...]:
    """Every warning about an English text, in the rules' order. Source: domain rules, "behaviour, not traits"."""
    found = ((rule, look(text), advice) for rule, look, advice in RULES)
    return tuple(
        Warned(rule=rule, quoted_words=words, advice=advice)
        for rule, words, advice in found
        if words is not None
    )
