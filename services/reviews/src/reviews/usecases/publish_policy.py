"""Publishes a new version of a division's policy."""

import json
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from plumbline.contracts.policy import PolicyDocumentV1, PolicyStateV1
from plumbline.runtime.outbox import Announcement, announce
from reviews.domain.policies import (
    PolicyNumbers,
    RangeNumbers,
    StoredPolicy,
    policy_id,
    require_same_content,
    require_sound_policy,
)
from reviews.outbound.announcements import SOURCE
from reviews.outbound.policies import find_policy, insert_policy


async def publish_policy(
    tx: AsyncConnection,
    *,
    division: str,
    effective_from: date,
    document: PolicyDocumentV1,
    published_by: str,
    now: datetime,
) -> StoredPolicy:
    """Store and announce the version; the same content again changes nothing.

    Raises:
        Rejected: its numbers do not fit, or the version stands with other content.
    """
    require_sound_policy(_numbers(document))
    content: dict[str, Any] = document.model_dump(mode="json")
    policy = StoredPolicy(
        division=division,
        version=document.version,
        effective_from=effective_from,
        digest=digest_of(content),
    )
    if not await insert_policy(tx, policy, document=content, published_by=published_by, now=now):
        existing = await find_policy(tx, division=division, version=document.version)
        stored = None if existing is None else existing[0]
        require_same_content(stored, digest=policy.digest, effective_from=effective_from)
        return policy
    named = policy_id(division, policy.version)
    event = PolicyStateV1(
        policy_id=named,
        division=division,
        digest=policy.digest,
        effective_from=effective_from,
        document=document,
    )
    announcement = Announcement(event=event, division=division, correlation_id=named)
    await announce(tx, [announcement], source=SOURCE, now=now)
    return policy


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 over the document's JSON with sorted keys and no spaces, in UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def _numbers(document: PolicyDocumentV1) -> PolicyNumbers:
    return PolicyNumbers(
        hire_cut_off=document.merit.hire_cut_off,
        parts=document.vesting_parts,
        shares=[each.shares for each in document.equity],
        matrix={**document.merit.matrix},
        floors={**document.merit.floors},
        guideline={**document.guideline},
        ranges=[
            RangeNumbers(
                level=each.level,
                location=each.location,
                currency=each.currency,
                minimum=each.minimum,
                maximum=each.maximum,
            )
            for each in document.ranges
        ],
    )
