"""Every contract by its type, for the schemas, the consumers and the tools that print events."""

from plumbline.contracts import calibration, cycle, feedback, goals, outcomes, people, policy, reviews
from plumbline.contracts.event import Event

EVENTS: dict[str, type[Event]] = {
    event.TYPE: event
    for event in (
        people.PersonStateV1,
        people.DemographicsStateV1,
        people.PayStateV1,
        people.LeaveStateV1,
        policy.PolicyStateV1,
        cycle.CycleOpenedV1,
        cycle.PhaseOpenedV1,
        cycle.PhaseClosedV1,
        cycle.DepartmentReviewsCompletedV1,
        cycle.SessionExcludedV1,
        cycle.BudgetChangedV1,
        cycle.ResultsReleasedV1,
        cycle.CycleClosedV1,
        goals.ObjectiveLockedV1,
        goals.CheckInRecordedV1,
        goals.KeyResultChangedV1,
        goals.ObjectiveGradedV1,
        feedback.FeedbackGivenV1,
        feedback.RoundPublishedV1,
        feedback.ConcernChangedV1,
        feedback.SurveyPublishedV1,
        reviews.SelfAssessmentSubmittedV1,
        reviews.ManagerAssessmentSubmittedV1,
        reviews.ReviewAcknowledgedV1,
        calibration.SessionOpenedV1,
        calibration.RatingsFinalizedV1,
        calibration.SessionFinalizedV1,
        outcomes.OutcomesDecidedV1,
        outcomes.MeritAwardedV1,
        outcomes.PromotionDecidedV1,
        outcomes.PlanMovedV1,
        outcomes.PayChangedV1,
    )
}
