"""Whose proposals a session accepted, and whether the order of discussion went with the size of the moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from calibration.domain.statistics.manager_order import OrderAssociation, associate_orders

RULE_VERSION = "influence-1"
METHOD = "hypergeometric upper tail; acceptance shrunken by 4 pseudo-proposals; Kendall τ-b"
PSEUDO_PROPOSALS = 4
LIMITATION = (
    "Descriptive: a participant whose proposals are better argued is accepted more often, "
    "and these numbers cannot tell that from rank or volume."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposed change of a rating in a session's log.

    ``shift`` is in rating points (signed), ``position`` the place of the case in the discussion, from 1.
    """

    proposal_id: str
    proposer: str
    accepted: bool
    own_report: bool
    shift: Fraction
    new_evidence: bool
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One proposer's acceptance against the session's.

    ``p_exact`` is P(X ≥ accepted), X hypergeometric; ``shift_own_minus_others`` in rating points, None without
    proposals on both sides; ``share_without_evidence`` of the accepted shift, None when nothing was shifted.
    """

    proposer: str
    proposed: int
    accepted: int
    p_exact: Fraction
    acceptance_shrunken: Fraction
    shift_own_minus_others: Fraction | None
    share_without_evidence: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Every participant, alphabetically, and discussion order against shift (None without spread in both)."""

    proposed: int
    accepted: int
    participants: tuple[Participant, ...]
    order: OrderAssociation | None


def describe_influence(proposals: Sequence[Proposal]) -> Influence:
    """Describe from the log how far each participant's proposals were accepted, and order against shift."""
    by_proposer: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_proposer.setdefault(proposal.proposer, []).append(proposal)
    everywhere = len(proposals), sum(proposal.accepted for proposal in proposals)
    return Influence(
        proposed=everywhere[0],
        accepted=everywhere[1],
        participants=tuple(
            _describe_participant(proposer, by_proposer[proposer], everywhere=everywhere)
            for proposer in sorted(by_proposer)
        ),
        order=associate_orders(
            [Fraction(proposal.position) for proposal in proposals],
            [proposal.shift for proposal in proposals],
        ),
    )


def _describe_participant(
    proposer: str, own: Sequence[Proposal], *, everywhere: tuple[int, int]
) -> Participant:
    proposed, accepted = everywhere
    hits = sum(proposal.accepted for proposal in own)
    return Participant(
        proposer=proposer,
        proposed=len(own),
        accepted=hits,
        p_exact=probability_of_at_least(hits, drawn=len(own), marked=accepted, total=proposed),
        acceptance_shrunken=(hits + PSEUDO_PROPOSALS * Fraction(accepted, proposed))
        / (len(own) + PSEUDO_PROPOSALS),
        shift_own_minus_others=_own_minus_others(own),
        share_without_evidence=_share_without_evidence(own),
    )


def probability_of_at_least(hits: int, *, drawn: int, marked: int, total: int) -> Fraction:
    """P(X ≥ hits), X hypergeometric: ``drawn`` of ``total`` without replacement, ``marked`` of them accepted.

    Source: Feller (1968), An Introduction to Probability Theory and Its Applications, vol. I, II.6.
    """
    ways = sum(comb(marked, x) * comb(total - marked, drawn - x) for x in range(hits, min(drawn, marked) + 1))
    return Fraction(ways, comb(total, drawn))


def _own_minus_others(own: Sequence[Proposal]) -> Fraction | None:
    reports = [proposal.shift for proposal in own if proposal.own_report]
    others = [proposal.shift for proposal in own if not proposal.own_report]
    if not reports or not others:
        return None
    return sum(reports, Fraction(0)) / len(reports) - sum(others, Fraction(0)) / len(others)


def _share_without_evidence(own: Sequence[Proposal]) -> Fraction | None:
    accepted = [proposal for proposal in own if proposal.accepted]
    moved = sum((abs(proposal.shift) for proposal in accepted), Fraction(0))
    if not moved:
        return None
    unsupported = sum(
        (abs(proposal.shift) for proposal in accepted if not proposal.new_evidence), Fraction(0)
    )
    return unsupported / moved
