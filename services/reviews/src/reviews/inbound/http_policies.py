"""Requests about policies and templates."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from plumbline.runtime import audit
from plumbline.runtime.access import Action, Resource, State
from plumbline.runtime.clock import Now
from plumbline.runtime.directory import standing
from plumbline.runtime.http import Caller, Tx, create_router, require
from plumbline.runtime.problems import not_found
from reviews.domain.policies import StoredPolicy, policy_id
from reviews.domain.templates import TemplateSet, templates_of
from reviews.inbound.policy_text import read_toml
from reviews.inbound.schemas import PolicyBody
from reviews.outbound.announcements import SOURCE
from reviews.outbound.policies import find_policy, list_policies
from reviews.usecases import publish_policy

router = create_router(tags=["policies"])


@router.post("/policies", status_code=HTTPStatus.CREATED)
async def publish(body: PolicyBody, tx: Tx, caller: Caller, now: Now) -> dict[str, Any]:
    """Publish a version; 409 when it stands with other content."""
    held = await standing(tx, caller.person_id, body.division)
    require(held, action=Action.WRITE, resource=Resource.POLICY_DOCUMENT, state=State.DRAFT)
    policy = await publish_policy.publish_policy(
        tx,
        division=body.division,
        effective_from=body.effective_from,
        document=body.document or read_toml(body.toml or ""),
        published_by=caller.person_id,
        now=now,
    )
    entry = audit.AuditEntry(
        who=caller.person_id,
        action=Action.WRITE,
        resource=Resource.POLICY_DOCUMENT,
        subject=policy_id(policy.division, policy.version),
        purpose="publish",
    )
    await audit.record(tx, [entry], service=SOURCE, now=now)
    return describe(policy)


@router.get("/policies")
async def show_all(tx: Tx, caller: Caller, division: str | None = None) -> dict[str, Any]:
    """Every version, or those of one division."""
    held = await standing(tx, caller.person_id, division)
    require(held, action=Action.READ, resource=Resource.POLICY_DOCUMENT, state=State.SUBMITTED)
    found = await list_policies(tx, divisions=None if division is None else [division])
    return {"policies": [describe(each) for each in found]}


@router.get("/policies/{division}/{version}")
async def show(division: str, version: str, tx: Tx, caller: Caller) -> dict[str, Any]:
    """One version with its document."""
    held = await standing(tx, caller.person_id, division)
    require(held, action=Action.READ, resource=Resource.POLICY_DOCUMENT, state=State.SUBMITTED)
    found = await find_policy(tx, division=division, version=version)
    if found is None:
        raise not_found("policy")
    policy, document = found
    return {**describe(policy), "document": document.model_dump(mode="json")}


@router.get("/templates/{version}")
async def show_templates(version: str, tx: Tx, caller: Caller) -> dict[str, Any]:
    """The forms of that version."""
    held = await standing(tx, caller.person_id, None)
    require(held, action=Action.READ, resource=Resource.CYCLE, state=State.OPEN)
    return describe_templates(templates_of(version))


def describe(policy: StoredPolicy) -> dict[str, Any]:
    """A version without its document."""
    return {
        "policy_id": policy_id(policy.division, policy.version),
        "division": policy.division,
        "version": policy.version,
        "effective_from": policy.effective_from,
        "digest": policy.digest,
    }


def describe_templates(templates: TemplateSet) -> dict[str, Any]:
    """The forms as JSON."""
    forms = {
        name.value: {"version": form.version, "fields": [asdict(field) for field in form.fields]}
        for name, form in templates.forms.items()
    }
    return {"version": templates.version, "forms": forms}
