"""What is wrong with the fields of a request, in words that contain nothing of what was sent."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field of the request, and what would be accepted."""

    field: str
    message: str
    fix: str


# pydantic's messages that consist of the rule alone; any other could quote a part of the input.
_OWN_WORDS = frozenset(
    [
        "missing",
        "extra_forbidden",
        "string_type",
        "string_too_short",
        "string_too_long",
        "int_type",
        "bool_type",
        "list_type",
        "dict_type",
        "model_type",
        "too_short",
        "too_long",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "literal_error",
        "enum",
        "decimal_max_places",
        "decimal_max_digits",
        "decimal_whole_digits",
        "int_from_float",
        "none_required",
        "timezone_aware",
        "date_past",
        "date_future",
        "union_tag_not_found",
        "repeated",
        "finite_number",
        "date_from_datetime_inexact",
        "string_pattern_mismatch",
        "float_type",
        "decimal_type",
        "date_type",
        "datetime_type",
        "uuid_type",
        "tuple_type",
        "set_type",
        "mapping_type",
        "model_attributes_type",
        "dataclass_type",
        "int_parsing_size",
        "multiple_of",
        "timezone_naive",
        "datetime_past",
        "datetime_future",
        "is_instance_of",
    ]
)
_FIXES: Mapping[str, str] = {
    "missing": "Add this field.",
    "extra_forbidden": "Remove this field.",
    "string_type": "Send text.",
    "int_parsing": "Send a whole number.",
    "int_type": "Send a whole number.",
    "decimal_parsing": "Send a decimal number as text, for example 4.5.",
    "decimal_type": "Send a decimal number as text, for example 4.5.",
    "bool_parsing": "Send true or false.",
    "bool_type": "Send true or false.",
    "date_from_datetime_parsing": "Send a date as YYYY-MM-DD.",
    "date_parsing": "Send a date as YYYY-MM-DD.",
    "date_type": "Send a date as YYYY-MM-DD.",
    "datetime_parsing": "Send a time in ISO 8601 with an offset.",
    "uuid_parsing": "Send a UUID.",
    "uuid_type": "Send a UUID.",
    "repeated": "Name each once.",
    "finite_number": "Send a number, neither NaN nor infinity.",
    "date_from_datetime_inexact": "Send a date as YYYY-MM-DD, without a time.",
    "datetime_from_date_parsing": "Send a time in ISO 8601 with an offset.",
    "datetime_type": "Send a time in ISO 8601 with an offset.",
    "timezone_aware": "Send a time in ISO 8601 with an offset.",
    "string_pattern_mismatch": "Send text of the form that the message names.",
    "string_sub_type": "Send text.",
    "string_unicode": "Send text that is encoded as UTF-8.",
    "float_parsing": "Send a number.",
    "float_type": "Send a number.",
    "int_parsing_size": "Send a number that is shorter.",
    "int_from_float": "Send a whole number.",
    "list_type": "Send a list.",
    "tuple_type": "Send a list.",
    "set_type": "Send a list.",
    "dict_type": "Send an object.",
    "mapping_type": "Send an object.",
    "model_type": "Send an object.",
    "model_attributes_type": "Send an object.",
}
# What a kind that is not named above is told; the schema says what its field takes.
_LOOK_UP = "Send what GET /openapi.json says of this field."


def explain_fields(found: Sequence[Mapping[str, object]]) -> list[FieldError]:
    """``explain_field`` of each of pydantic's errors that says something of what was sent."""
    return [explain_field(each) for each in found if not _follows_from_items(each)]


def _follows_from_items(found: Mapping[str, object]) -> bool:
    """Whether a list is "too short" only because pydantic does not count its invalid items, which it names too."""
    limits, sent = found.get("ctx"), found.get("input")
    if found["type"] != "too_short" or not isinstance(limits, Mapping) or not isinstance(sent, Sized):
        return False
    least = cast("Mapping[str, object]", limits).get("min_length")
    return isinstance(least, int) and len(sent) >= least


def name_place(place: Sequence[object]) -> str:
    """Where in a request something stands, as a caller finds it: ``objectives.0.title``."""
    return ".".join(str(part) for part in place if part != "body")[:120] or "(body)"


def explain_field(found: Mapping[str, object]) -> FieldError:
    """One field's problem in words that contain nothing of what was sent."""
    kind = str(found["type"])
    place = cast("Sequence[object]", found.get("loc", ()))
    name = name_place(place)
    message = str(found["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        sent = str(found.get("input", ""))
        quoted = bool(sent) and sent.lower() in message.lower()
        return FieldError(field=name, message="This cannot be used.", fix=_LOOK_UP if quoted else message)
    if kind not in _OWN_WORDS:
        return FieldError(field=name, message="This cannot be used.", fix=_FIXES.get(kind, _LOOK_UP))
    message = message.replace("Tuple", "List")
    return FieldError(field=name, message=message, fix=_FIXES.get(kind, "Send what the message allows."))
