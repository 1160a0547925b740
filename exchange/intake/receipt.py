"""错误回执 The receipt of a file: every finding with row, field, value (masked), code and what to do next.

A column of the receipt is a key here; the texts come from schema/errors.py.
"""

from collections.abc import Iterable
from typing import Any

from schema.record import Finding, Kind


def receipt(findings: Iterable[Finding], kind: Kind) -> list[dict[str, Any]]:
    """One entry a finding, in the order of the rows as they came. `header` is the title of the template."""
    return [
        {
            "row": finding.row,
            "field": finding.field,
            "header": kind.by_name[finding.field].zh if finding.field in kind.by_name else "",
            "value": finding.value,
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message_zh,
            "messageEn": finding.message_en,
            "nextStep": finding.next_zh,
            "nextStepEn": finding.next_en,
        }
        for finding in findings
    ]
