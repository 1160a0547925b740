"""What a new cluster begins with follows the memory there is."""

from pathlib import Path

import pytest

from exchange.embedded.sizes import MEGABYTE, memory, usual_sizes


@pytest.mark.parametrize(
    ("machine", "shared"), [(512, "128MB"), (2_048, "256MB"), (8_192, "1024MB"), (65_536, "1024MB")]
)
def test_an_eighth_of_the_memory_is_for_buffers_within_bounds(machine: int, shared: str) -> None:
    assert usual_sizes(machine * MEGABYTE)["shared_buffers"] == shared


def test_a_container_has_the_memory_it_is_allowed(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{64 * MEGABYTE}\n", "ascii")
    assert memory(limit) == 64 * MEGABYTE


def test_without_a_limit_the_machine_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("max\n", "ascii")
    assert memory(limit) == memory(tmp_path / "absent") > 64 * MEGABYTE
