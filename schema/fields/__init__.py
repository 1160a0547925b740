"""Value types that check themselves. A reader takes what was sent and gives the canonical value, or raises Unreadable.

Add the next one as a module here, name it below, and give it rows in tests/unit/test_fields.py.
"""

from schema.fields.certificate_identifier import (
    IdentifierParts,
    certificate_identifier,
    identifier_check,
    identifier_parts,
    identifier_warning,
)
from schema.fields.certificate_number import certificate_number, special_operation_number
from schema.fields.choice import Choice, Coded, CodeTable, yes_no
from schema.fields.credit_code import credit_code, credit_code_check, credit_code_warning, organisation_check
from schema.fields.dates import CHINA, day
from schema.fields.division_code import division_code, division_warning
from schema.fields.id_number import id_number, id_number_check, is_id_number
from schema.fields.known import KnownWords
from schema.fields.masking import (
    Mask,
    conceal,
    mask_all,
    mask_certificate_number,
    mask_id_number,
    mask_name,
    own_names,
)
from schema.fields.reading import Reader, Unreadable, is_empty, show
from schema.fields.text import decimal, document_number, folded, integer, paragraphs, person_name, text

__all__ = [
    "CHINA",
    "Choice",
    "CodeTable",
    "Coded",
    "IdentifierParts",
    "KnownWords",
    "Mask",
    "Reader",
    "Unreadable",
    "certificate_identifier",
    "certificate_number",
    "conceal",
    "credit_code",
    "credit_code_check",
    "credit_code_warning",
    "day",
    "decimal",
    "division_code",
    "division_warning",
    "document_number",
    "folded",
    "id_number",
    "id_number_check",
    "identifier_check",
    "identifier_parts",
    "identifier_warning",
    "integer",
    "is_empty",
    "is_id_number",
    "mask_all",
    "mask_certificate_number",
    "mask_id_number",
    "mask_name",
    "organisation_check",
    "own_names",
    "paragraphs",
    "person_name",
    "show",
    "special_operation_number",
    "text",
    "yes_no",
]
