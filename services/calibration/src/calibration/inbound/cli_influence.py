"""The influence command: whose proposals a session accepted."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from calibration.domain.managers import influence as influences
from calibration.inbound.manager_answers import AsJson, Name, Source, probability, rational, rounded
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.exact import ExactNumber, decimal12, exact
from plumbline.cli.spreadsheet import Row, load_rows


def _within_scale(shift: Fraction) -> Fraction:
    if abs(shift) > 4:
        raise ValueError("a shift from -4 to 4 rating points")
    return shift


def _without_spaces(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


# A literal takes its text as it is, before the row's own stripping of text.
YesNo = Annotated[Literal["0", "1"], BeforeValidator(_without_spaces)]


class ProposalRow(Row):
    """One proposed change from a session's log."""

    proposal_id: Name
    proposer: Name
    accepted: YesNo
    own_report: YesNo
    shift: Annotated[ExactNumber, AfterValidator(_within_scale)]
    new_evidence: YesNo
    position: Annotated[int, Field(ge=1)]


def influence(file: Source, as_json: AsJson = False) -> None:
    """Whose proposals a session accepted, and whether discussion order went with the moves."""
    rows = load_rows(file, ProposalRow, unique="proposal_id")
    answer = influences.describe_influence([_proposal(row) for row in rows])
    participants = [_show_participant(participant) for participant in answer.participants]
    sentence = f"{_say_influence(answer)} {influences.LIMITATION}"
    if not as_json:
        columns = ("proposer", "proposed", "accepted", "p_value", "acceptance_shrunken")
        more = ("shift_own_minus_others", "share_without_evidence")
        print_table("Influence", rounded(participants), columns=(*columns, *more), sentence=sentence)
        return
    order = answer.order
    print_json(
        {
            "proposed": answer.proposed,
            "accepted": answer.accepted,
            "participants": participants,
            "order_tau_b": None if order is None else decimal12(Decimal(order.tau_b)),
            "order_p_exact": None if order is None or order.p_exact is None else exact(order.p_exact),
            "order_p_value": None if order is None else probability(order.p_value),
            "order_method": None if order is None else order.method,
            "method": influences.METHOD,
            "sentence": sentence,
            "rule_version": influences.RULE_VERSION,
        }
    )


def _say_influence(answer: influences.Influence) -> str:
    said = f"{answer.accepted} of {answer.proposed} proposals were accepted."
    if answer.order is None:
        return said
    order = answer.order
    return f"{said} Place in the discussion against shift: tau-b {order.tau_b:.3g}, p = {order.p_value:.3g}."


def _proposal(row: ProposalRow) -> influences.Proposal:
    return influences.Proposal(
        proposal_id=row.proposal_id,
        proposer=row.proposer,
        accepted=row.accepted == "1",
        own_report=row.own_report == "1",
        shift=row.shift,
        new_evidence=row.new_evidence == "1",
        position=row.position,
    )


def _show_participant(participant: influences.Participant) -> Mapping[str, object]:
    return {
        "proposer": participant.proposer,
        "proposed": participant.proposed,
        "accepted": participant.accepted,
        "p_exact": exact(participant.p_exact),
        "p_value": decimal12(participant.p_exact),
        **rational("acceptance_shrunken", participant.acceptance_shrunken),
        **rational("shift_own_minus_others", participant.shift_own_minus_others),
        **rational("share_without_evidence", participant.share_without_evidence),
    }
