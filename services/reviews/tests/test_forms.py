"""A version of the forms never changes once a cycle has used it: v1, field by field."""

from reviews.domain.templates import TEMPLATES, Form, FormName, templates_of

V1 = {
    "self": """
        overall rating! Overall self-rating
        okr_results rows(key_result,target,actual,grade) OKR results
        accomplishments lines! Key accomplishments
        growth_areas lines! Areas for growth
        aspirations lines Career aspirations
    """,
    "manager": """
        strengths lines! Strengths
        development_areas lines! Development areas
        proposed_rating rating! Recommended rating
        promotion_recommended choice(yes,no) Promotion recommendation
        promotion_target_level text Target level of the promotion
        evidence_links links Evidence
        discrepancy_evidence text Evidence where self-rating and recommended rating differ by two or more
    """,
    "check_in": """
        key_results rows(key_result,status,confidence,note)! OKR progress
        going_well text What's going well?
        blocking text What's blocking progress?
        to_adjust text Do any goals need to be adjusted?
        support_needed text What support do you need?
        manager_actions lines Actions: manager
        employee_actions lines Actions: employee
    """,
    "peer": """
        relationship text! Relationship
        does_well text! What does this person do well?
        to_improve text! What could this person improve?
        work_with_again choice(yes,mostly,no)! Would you want to work with this person again?
    """,
}


def described(form: Form) -> list[str]:
    lines: list[str] = []
    for field in form.fields:
        listed = ",".join((*field.choices, *field.columns))
        kind = f"{field.kind}({listed})" if listed else field.kind.value
        lines.append(f"{field.name} {kind}{'!' if field.required else ''} {field.label}")
    return lines


def test_version_one_asks_what_it_always_asked() -> None:
    v1 = templates_of("v1")
    assert list(TEMPLATES) == [v1.version] == ["v1"]
    assert {name.value: described(form) for name, form in v1.forms.items()} == {
        name: [line.strip() for line in text.strip().splitlines()] for name, text in V1.items()
    }
    assert v1.form_versions() == (("self", 1), ("manager", 1), ("check_in", 1), ("peer", 1))
    assert [field.name for field in v1.forms[FormName.CHECK_IN].fields if field.columns] == ["key_results"]
    assert [field.name for field in v1.forms[FormName.PEER].fields if field.choices] == ["work_with_again"]
