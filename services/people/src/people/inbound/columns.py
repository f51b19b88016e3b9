"""Which header of an export means which column: the usual names in BambooHR, Workday and ADP."""

import re
from collections.abc import Mapping, Sequence

_OTHER = re.compile(r"[^a-z0-9]+")
_PROFILE = re.compile(r"\((personal|employment) profile[^)]*\)\s*$")

# Pay of a period that only another column tells.
RATES = (
    "pay_rate",
    "pay_rate_amount",
    "total_base_pay",
    "total_base_pay_amount",
    "base_pay",
    "base_pay_amount",
)

# What parts a company that exports no division, the narrowest first.
DIVISION_FALLBACKS = (
    *("cost_center_hierarchy", "company", "company_name", "legal_entity", "legal_entity_name"),
    *("payroll_company_name", "payroll_company_code", "company_code"),
)

# Column: headers as exports write them, in small letters, with anything else than letters and digits as "_".
# A manager's name is no id, so "reporting_to", "reports_to_name", "worker_s_manager" and "manager" stand nowhere here.
ALIASES: Mapping[str, Sequence[str]] = {
    "employee_id": (
        *("employee", "employee_number", "employee_no", "eid", "eeid", "worker_id", "associate_id"),
        *("person_id", "employee_id_number", "file_number", "position_id"),
    ),
    "name": (
        *("full_name", "employee_name", "display_name", "worker", "worker_name", "legal_name"),
        *("preferred_name", "payroll_name", "legal_full_name", "last_name_first_name"),
        *("employee_last_name_first_name",),
    ),
    "first_name": (
        *("legal_first_name", "legal_name_first_name", "preferred_first_name", "preferred_name_first_name"),
        *("preferred_or_chosen_first_name", "given_name"),
    ),
    "last_name": (
        *("legal_last_name", "legal_name_last_name", "preferred_last_name", "preferred_name_last_name"),
        *("preferred_or_chosen_last_name", "family_name", "surname"),
    ),
    "email": (
        *("work_email", "email_address", "email_work", "primary_work_email", "work_contact_work_email"),
        *("email_primary_work", "work_email_address", "business_email"),
    ),
    "manager_id": (
        *("supervisor_id", "supervisor_eid", "reports_to_id", "manager_employee_id", "manager_worker_id"),
        *("reports_to_associate_id", "manager_employee_number", "supervisor_eeid", "supervisor_employee_id"),
        *("supervisor_employee_number", "worker_s_manager_employee_id", "worker_s_manager_id"),
        *("reports_to_employee_id", "reports_to_file_number", "direct_manager_id", "line_manager_id"),
    ),
    "dotted_line_manager_id": ("matrix_manager_id", "matrix_manager_employee_id", "dotted_line_manager"),
    "division": (
        *("business_unit", "business_unit_description", "business_unit_name", "division_name"),
        *("division_description", "company_division", *DIVISION_FALLBACKS),
    ),
    "department": (
        *("department_name", "home_department", "home_department_description", "department_description"),
        *("cost_center", "cost_center_name", "cost_center_description"),
    ),
    "team": ("team_name", "supervisory_organization", "sub_department", "work_group"),
    "level": (
        *("job_level", "management_level", "compensation_grade", "grade", "pay_grade", "pay_grade_code"),
        *("job_level_primary_position",),
    ),
    "job_family": ("job_family_name", "job_function", "job_class", "job_class_description"),
    "location": ("work_location", "location_name", "location_description", "office"),
    "hire_date": (
        *("date_of_hire", "original_hire_date", "hire_rehire_date", "most_recent_hire_date", "date_hired"),
        *("start_date",),
    ),
    "gender": (
        *("gender_self_id", "gender_sex_self_id", "gender_identity", "gender_sex", "sex"),
        *("gender_for_insurance_coverage",),
    ),
    "birth_date": ("date_of_birth", "dob", "birthdate"),
    "salary": (
        *("annual_salary", "base_salary", "annual_base_salary", "annual_base_pay", "annual_rate"),
        *("total_base_pay_annualized", "total_base_pay_annualized_amount", "annual_base_pay_amount"),
        *("annualized_salary", "annualized_base_pay", *RATES),
    ),
    "currency": (
        *("pay_currency", "salary_currency", "currency_code", "pay_rate_currency_code"),
        *("total_base_pay_annualized_currency", "total_base_pay_currency", "compensation_currency"),
        *("pay_rate_currency", "annual_base_pay_currency"),
    ),
    "pay_type": (
        *("pay_rate_type", "rate_type", "pay_basis", "salary_type", "pay_type_description"),
        *("regular_pay_rate_description", "salaried_hourly", "hourly_salaried", "salary_or_hourly"),
    ),
    "pay_period": ("pay_per", "paid_per", "pay_rate_per", "pay_rate_period", "salary_period", "rate_per"),
    "pay_frequency": (
        *("total_base_pay_annualized_frequency", "total_base_pay_frequency", "compensation_frequency"),
        *("pay_rate_frequency", "salary_frequency", "frequency"),
    ),
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


# The manager's id that belongs to an employee's, where a system counts in several ways.
MANAGERS_OF: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        ("employee", "employee_number", "employee_no"),
        ("supervisor_eid", "supervisor_employee_number", "manager_employee_number"),
    ),
    "eeid": ("supervisor_eeid",),
    "associate_id": ("reports_to_associate_id",),
    "file_number": ("reports_to_file_number",),
    "position_id": ("reports_to_position_id",),
}


def plain(header: str) -> str:
    """A header in small letters, with everything else than letters and digits as one underscore.

    ADP's note of where a field comes from, such as "(Personal Profile)", is left out.
    """
    return _OTHER.sub("_", _PROFILE.sub("", header.lower())).strip("_")


def match_columns(header: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Which header stands for which wanted column; the column's own name comes before its aliases.

    Of two headers for one column the one whose name stands first in ``ALIASES`` counts; of a manager's ids
    the one that ``MANAGERS_OF`` joins to the employee's.
    """
    plains = {plain(name): name for name in reversed(header) if name}
    matched: dict[str, str] = {}
    for column in wanted:
        names = (column, *ALIASES.get(column, ()))
        if column == "manager_id":
            key = next((plain(name) for name, of in matched.items() if of == "employee_id"), "")
            names = (column, *MANAGERS_OF.get(key, ()), *names)
        found = next((plains[name] for name in names if name in plains), None)
        if found is not None and found not in matched:
            matched[found] = column
    return matched
