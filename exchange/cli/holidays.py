"""`exchange holidays`: load a year's working days; all of the file or, when a line cannot be read, nothing."""

import asyncio
from pathlib import Path

from exchange.cli.printing import Printer
from exchange.holidays import check_whole, keep_calendar, read_calendar
from exchange.runtime import Runtime
from schema.errors import Refusal


async def load_calendar(runtime: Runtime, printer: Printer, path: Path, *, is_partial: bool = False) -> int:
    """Load a file. Raises Refusal naming every line that cannot be read."""
    if path.suffix.lower() not in (".csv", ".txt"):
        detail = f"{path.name}：只读 .csv，每行一个日期和 班 或 休 (a .csv of a date and 班 or 休 a line)"
        raise Refusal("FILE_UNREADABLE", detail=detail)
    days = read_calendar(await asyncio.to_thread(path.read_bytes))
    if not is_partial:
        check_whole(days)
    async with runtime.database.hub_pool.acquire() as connection:
        settled = await keep_calendar(connection, days, today=runtime.today())
    await runtime.settle()
    years = sorted({day.year for day in days})
    lines = [f"√ {len(days)} 天 days, {'、'.join(map(str, years))}"]
    if settled:
        lines.append(f"  {settled} 项核查的时限已按新日历重新计算 reviews have their due day counted anew")
    printer.show({"days": len(days), "years": years, "reviews": settled}, lines=lines)
    return 0
