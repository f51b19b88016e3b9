"""The export of a made-up company of any size, for tests and benchmarks of imports."""

from datetime import date, timedelta

COLUMNS = (
    "employee_id,name,email,manager_id,division,department,team,level,job_family,location,hire_date,"
    "gender,birth_date,salary,currency,fte,bonus_target_percent,roles,status"
)


def export(people: int, *, raised: bool = False) -> str:
    """The CSV file; everybody leads up to eight people, and every tenth may have got a raise."""
    lines = [COLUMNS]
    for number in range(people):
        manager = f"E{(number - 1) // 8}" if number else ""
        hired, born = date(2010, 1, 1) + timedelta(days=number % 5000), date(1960, 1, 1)
        salary = 100_000 + number + (1_000 if raised and number % 10 == 0 else 0)
        lines.append(
            f"E{number},Person {number},p{number}@example.com,{manager},Division {number % 5},"
            f"Department {number % 50},Team {number % 400},L{number % 6 + 1},Engineering,Berlin,{hired},"
            f"{'FM'[number % 2]},{born + timedelta(days=number % 14_000)},{salary},USD,1,10,,active"
        )
    return "\n".join(lines) + "\n"
