"""A quarter, and an objective of it at some of its stages, as rules meet them, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime

from goals.domain.objective import Objective, Stage
from goals.domain.rules.smart import KeyResultDraft, ObjectiveDraft

NOW = datetime(2026, 8, 12, 9, tzinfo=UTC)
START, END = date(2026, 7, 1), date(2026, 9, 30)
SCHEMA = KeyResultDraft(key_result_id="schema", binary=True, artefact="schema", due_on=END)
DRAFT = ObjectiveDraft(objective_id="o1", owner_id="jane", key_results=(SCHEMA,))
DRAFTED = Objective(objective_id="o1", manager_id="mia", content=DRAFT)
PROPOSED = replace(DRAFTED, stage=Stage.PROPOSED)
LOCKED = replace(DRAFTED, stage=Stage.LOCKED)
