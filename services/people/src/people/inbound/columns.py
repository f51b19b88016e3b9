"""Which header of an export means which column: the usual names in BambooHR, Workday and ADP."""

import re
from collections.abc import Mapping, Sequence

_OTHER = re.compile(r"[^a-z0-9]+")

# Column: headers as exports write them, in small letters, with anything else than letters and digits as "_".
# A manager's name is no id, so "reporting_to" and "manager" stand nowhere here.
ALIASES: Mapping[str, Sequence[str]] = {
    "employee_id": (
        *("employee", "employee_number", "employee_no", "eid", "worker_id", "associate_id", "person_id"),
        *("employee_id_number", "file_number"),
    ),
    "name": (
        *("full_name", "employee_name", "display_name", "worker", "worker_name", "legal_name"),
        *("preferred_name", "payroll_name", "legal_full_name"),
    ),
    "first_name": ("legal_first_name", "preferred_first_name", "given_name"),
    "last_name": ("legal_last_name", "preferred_last_name", "family_name", "surname"),
    "email": (
        *("work_email", "email_address", "email_work", "primary_work_email", "work_contact_work_email"),
        *("business_email",),
    ),
    "manager_id": (
        *("supervisor_id", "supervisor_eid", "reports_to_id", "manager_employee_id", "manager_worker_id"),
        *("reports_to_associate_id", "manager_employee_number"),
    ),
    "dotted_line_manager_id": ("matrix_manager_id", "matrix_manager_employee_id", "dotted_line_manager"),
    "division": ("business_unit", "business_unit_description", "division_name", "company_division"),
    "department": ("department_name", "home_department", "home_department_description", "cost_center"),
    "team": ("team_name", "supervisory_organization", "sub_department", "work_group"),
    "level": ("job_level", "management_level", "compensation_grade", "grade", "pay_grade", "pay_grade_code"),
    "job_family": ("job_family_name", "job_function", "job_class", "job_class_description"),
    "location": ("work_location", "location_name", "location_description", "office"),
    "hire_date": ("date_of_hire", "original_hire_date", "start_date"),
    "gender": ("gender_self_id", "gender_identity", "sex", "gender_for_insurance_coverage"),
    "birth_date": ("date_of_birth", "dob", "birthdate"),
    "salary": (
        *("annual_salary", "base_salary", "annual_base_salary", "annual_base_pay", "annual_rate"),
        *("total_base_pay_annualized", "total_base_pay_annualized_amount"),
    ),
    "currency": ("pay_currency", "salary_currency", "currency_code", "pay_rate_currency_code"),
    "fte": ("full_time_equivalent", "fte_value"),
    "bonus_target_percent": (
        "bonus_target",
        "target_bonus_percent",
        "target_bonus",
        "bonus_target_percentage",
    ),
    "roles": ("plumbline_roles", "user_roles"),
    "status": ("employment_status", "employee_status", "worker_status", "position_status"),
    "starts_on": ("start_date", "leave_start", "leave_start_date", "first_day_of_leave", "from"),
    "ends_on": ("end_date", "leave_end", "leave_end_date", "last_day_of_leave", "to"),
    "unpaid": ("unpaid_leave", "is_unpaid"),
    "protected": ("protected_leave", "is_protected"),
}


def plain(header: str) -> str:
    """A header in small letters, with everything else than letters and digits as one underscore."""
    return _OTHER.sub("_", header.lower()).strip("_")


def match_columns(header: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Which header stands for which wanted column; the column's own name comes before its aliases.

    Of two headers for one column the one whose name stands first in ``ALIASES`` counts.
    """
    plains = {plain(name): name for name in reversed(header) if name}
    matched: dict[str, str] = {}
    for column in wanted:
        names = (column, *ALIASES.get(column, ()))
        found = next((plains[name] for name in names if name in plains), None)
        if found is not None and found not in matched:
            matched[found] = column
    return matched
