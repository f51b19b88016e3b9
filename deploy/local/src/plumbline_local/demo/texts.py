"""What people write in the scenario: objectives, key results, assessments and feedback."""

STRENGTHS = (
    "Technical execution was exceptional: the migration ran without an incident.",
    "Growing leadership: reviews and mentoring beside the own work.",
    "Proactive when blocked: raised the dependency two weeks before it would have hurt.",
    "Reliable delivery of what was agreed, with tests and a rollback each time.",
)
DEVELOPMENT_AREAS = (
    "Cross-team communication could be more proactive.",
    "Needs to delegate more as scope increases.",
    "Should build relationships with the product team.",
    "Estimates leave out dependencies on other teams.",
)
ACCOMPLISHMENTS = (
    "Led the largest infrastructure change in company history.",
    "Zero customer-facing incidents during the migration.",
    "My mentee shipped a first production feature independently.",
    "Cut the build of the main branch from 21 to 9 minutes.",
)
GROWTH_AREAS = (
    "Delegation: took on too much myself instead of distributing work.",
    "Communication: could improve status updates to stakeholders.",
    "Timeline estimation: late due to an underestimated dependency.",
)
JANES_ASPIRATIONS = (
    "Targeting Staff Engineer within 12 months.",
    "Want to own architecture decisions for the payments domain.",
    "Interested in presenting at external conferences.",
)
JANES_ASSIGNMENT = "Architecture owner for the payments domain"
ASSIGNMENT = "Technical lead of the team's next milestone"
DISCREPANCY = "Two incidents and three late key results of this quarter stand against the own rating."
MOVED_DOWN = "Compared with the same role in two other teams, the results are those of the rating below."
MOVED_UP = "Two other teams' managers confirmed the scope; the results are those of the rating above."
JUSTIFICATION = "Looked at case by case in the session; the evidence on each case carries its rating."
WITHOUT_PAY = "The company's export has no salary for this person."
GAP = "reliability"
CONCERN = (
    "On the release day the on-call handover was missed, and the payment queue stood for two hours "
    "before a colleague noticed; the runbook's checklist had not been followed."
)
RESOURCE = "A mentor from the platform team for the on-call rotation, two hours a week."
NOTES = (
    "In the design review of {day} you laid out three failure modes with their mitigations, so that the "
    "team could decide in one meeting.",
    "During the incident of {day} you wrote the timeline while it ran, which let support answer customers.",
    "In the planning of {day} you named the dependency on the platform team before it could cost a week.",
)
DOES_WELL = (
    "Architecture designs are thorough and well-communicated; risks come with their mitigations.",
    "Reviews changes the same day and explains why something should be different.",
    "Takes the unpleasant part of a migration and finishes it.",
)
TO_IMPROVE = (
    "Sometimes moves too fast for the team to follow; more context on why decisions were made would help.",
    "Could ask for help earlier when an estimate slips.",
    "Could leave more room for others in design discussions.",
)
PROMOTION_CRITERIA = {
    "scope": "Leads work on which several teams depend, from the first design to running it.",
    "judgement": "Names risks early and decides on evidence that others can check.",
    "growth_of_others": "Other engineers do more because of this one's reviews and mentoring.",
}
PROMOTED = "Every criterion of the level is met by work of this quarter; the evidence carries each of them."
JANES_DEFERRAL = (
    "Results are those of the level; the review against the criteria for Staff Engineer is set for Q1."
)
DEFERRED = "Results are those of the level for one quarter; the case is looked at again after the next one."
PLAN_GAP = (
    "Two incidents of the quarter stood longer than they needed to, because the runbook was not followed."
)
PLAN_CRITERIA = (
    "No handover of the on-call rotation is missed for 60 days.",
    "Every incident has a written timeline within two working days.",
)
PLAN_TRAINING = "Course on incident command, two days"
GROWTH_PLAN = {
    "Delegation": ("Hand one component over to a colleague, with documentation, by mid-quarter.",),
    "Communication": ("Write a status update for stakeholders every second Friday.",),
}
PIP_CRITERIA = (
    "Every release of the eight weeks follows the checklist, without an exception.",
    "No page of the on-call rotation stays unanswered for more than ten minutes.",
)
PIP_SUPPORT = ("A mentor from the platform team for two hours a week.",)
