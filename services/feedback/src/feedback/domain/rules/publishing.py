"""A round's result, computed once when the round closes and never reissued."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from feedback.domain.errors import Rejected
from feedback.domain.rules.anonymity import (
    DEFAULT_ANONYMITY,
    AnonymityPolicy,
    Reason,
    half_point_band,
    reasons_for_suppression,
    respondents_who_count,
    shuffled,
)
from feedback.domain.rules.forms import (
    NamedFeedback,
    Published,
    PublishedGroup,
    PublishedResult,
    Relationship,
    Response,
    WorkAgain,
)

EVERYONE = "all"
NOTHING_BEFORE = Published()
Groups = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was fixed when the round opened: its secret seed, thresholds, readers, and what was published before."""

    seed: str
    policy: AnonymityPolicy
    readers: frozenset[str]
    before: Published


def publish_round(
    responses: Sequence[Response],
    *,
    seed: str,
    policy: AnonymityPolicy = DEFAULT_ANONYMITY,
    readers: Collection[str] = (),
    before: Published = NOTHING_BEFORE,
) -> PublishedResult:
    """Publish what the thresholds and the rule against differencing let through.

    ``readers`` are those who may read the result, ``before`` what earlier rounds published about this person, and
    ``seed`` the round's secret that orders verbatims. Source: domain rules, Feedback, "anonymity".

    Raises:
        Rejected: somebody answered twice, or a score is not 1 to 5.
    """
    require_one_valid_form_each(responses)
    terms = Terms(seed=seed, policy=policy, readers=frozenset(readers), before=before)
    anonymous = [each for each in responses if each.relationship is not Relationship.MANAGER]
    groups, bands, counted = publish_groups(anonymous, terms=terms)
    return PublishedResult(
        groups=groups,
        does_well=publish_verbatims(
            {each.respondent: each.does_well for each in anonymous}, "does_well", terms
        ),
        to_improve=publish_verbatims(
            {each.respondent: each.to_improve for each in anonymous}, "to_improve", terms
        ),
        manager=managers_by_name(responses),
        memberships=Published(
            scores=(*before.scores, *bands), distributions=(*before.distributions, *counted)
        ),
    )


def require_one_valid_form_each(responses: Sequence[Response]) -> None:
    """Each rater answered once, on the scale."""
    twice = [who for who, times in Counter(each.respondent for each in responses).items() if times > 1]
    if twice:
        raise Rejected(field="respondent", message="somebody answered twice", fix="keep one form a rater")
    if any(each.score is not None and not 1 <= each.score <= 5 for each in responses):
        raise Rejected(
            field="score", message="a score is off the scale", fix="give a whole number from 1 to 5"
        )


def groups_of(responses: Sequence[Response]) -> Groups:
    """Everybody, and each relationship that occurs; by name."""
    groups = {EVERYONE: frozenset(response.respondent for response in responses)}
    for relationship in Relationship:
        members = frozenset(each.respondent for each in responses if each.relationship is relationship)
        if members:
            groups[relationship.value] = members
    return groups


def publish_groups(
    anonymous: Sequence[Response], *, terms: Terms
) -> tuple[tuple[PublishedGroup, ...], tuple[frozenset[str], ...], tuple[frozenset[str], ...]]:
    """Each group as it is shown, then the memberships of the bands and of the distributions that this publishes."""
    groups = groups_of(anonymous)
    scores = {each.respondent: Fraction(each.score) for each in anonymous if each.score is not None}
    answers = {each.respondent: each.work_again for each in anonymous}
    scored = {name: members & scores.keys() for name, members in groups.items()}
    bands = reasons_for_suppression(
        scored,
        threshold=terms.policy.scores_from,
        readers=terms.readers,
        published_before=terms.before.scores,
    )
    counts = reasons_for_suppression(
        groups,
        threshold=terms.policy.distribution_from,
        readers=terms.readers,
        published_before=terms.before.distributions,
    )
    shown = tuple(
        publish_group(
            name,
            scores=[scores[each] for each in scored[name]],
            answers=[answers[each] for each in groups[name]],
            band_suppressed=bands[name],
            counts_suppressed=counts[name],
        )
        for name in groups
    )
    return (
        shown,
        tuple(scored[name] for name in groups if bands[name] is None),
        tuple(groups[name] for name in groups if counts[name] is None),
    )


def publish_group(
    name: str,
    *,
    scores: Sequence[Fraction],
    answers: Sequence[WorkAgain],
    band_suppressed: Reason | None,
    counts_suppressed: Reason | None,
) -> PublishedGroup:
    """One group's band and distribution, each only when it is not suppressed."""
    counts = Counter(answers)
    return PublishedGroup(
        group=name,
        scores=len(scores) if band_suppressed is None else None,
        band=half_point_band(scores) if band_suppressed is None else None,
        band_suppressed=band_suppressed,
        work_again={each: counts[each] for each in WorkAgain} if counts_suppressed is None else None,
        work_again_suppressed=counts_suppressed,
    )


def publish_verbatims(texts: Mapping[str, str], label: str, terms: Terms) -> tuple[str, ...]:
    """One question's texts, shuffled, or none below the threshold.

    Texts are shown for everybody together, never by relationship; those who left the question empty do not count.
    """
    written = {author: text.strip() for author, text in texts.items() if text.strip()}
    if len(respondents_who_count(written, readers=terms.readers)) < terms.policy.verbatims_from:
        return ()
    return shuffled(written, seed=terms.seed, label=label)


def managers_by_name(responses: Sequence[Response]) -> tuple[NamedFeedback, ...]:
    """The managers' forms with their ids on them, which they were told beforehand."""
    return tuple(
        NamedFeedback(
            author=each.respondent,
            does_well=each.does_well,
            to_improve=each.to_improve,
            work_again=each.work_again,
        )
        for each in sorted(responses, key=lambda each: each.respondent)
        if each.relationship is Relationship.MANAGER
    )
