"""The factory's clock, and how far the crowd's work has come on the floor, by SQL."""

import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tests.chaos.compare import rows_of

BEGINS_WITHIN_S = 30
LOOKS_EVERY_S = 0.1

CROWD = " JOIN orders_orderline l ON l.id = w.order_line_id AND l.order_id > "
# Just after the latest moment until which something that was ordered may be changed.
MOVE_CLOCK = (
    "INSERT INTO configurator_factoryclock (id, real_at, factory_at, rate_per_mille)"
    " SELECT 1, CURRENT_TIMESTAMP, max(l.edit_until), 1000 FROM orders_orderline l"
    " WHERE l.order_id > {baseline} HAVING max(l.edit_until) IS NOT NULL"
    " ON CONFLICT (id) DO UPDATE"
    " SET real_at = excluded.real_at, factory_at = excluded.factory_at"
    " WHERE excluded.factory_at > configurator_factoryclock.factory_at"
)
COUNTS = {
    "released": "SELECT count(*) FROM production_workorder w {crowd}"
    " WHERE w.released_at IS NOT NULL",
    "in_batches": "SELECT count(*) FROM production_batchmember m"
    " JOIN production_operation o ON o.id = m.operation_id"
    " JOIN production_workorder w ON w.id = o.work_order_id {crowd}"
    " WHERE m.state = 'ACTIVE'",
    "on_lines": "SELECT count(*) FROM production_lineslot s"
    " JOIN production_workorder w ON w.id = s.work_order_id {crowd}",
    "from_stock": "SELECT count(*) FROM production_stockallocation w {crowd}",
    "without_turn": "SELECT count(*) FROM production_workorder w {crowd}"
    " LEFT JOIN production_lineslot s ON s.work_order_id = w.id"
    " WHERE w.state = 'RELEASED' AND w.line_id IS NOT NULL"
    " AND (s.id IS NULL OR s.why = '')",
}


@dataclass(frozen=True)
class Floor:
    """What is made of the orders that came after ``baseline``."""

    url: str
    baseline: int

    def count(self, what: str) -> int:
        return int(rows_of(self.url, self._of_the_crowd(COUNTS[what]))[0][0])

    def pass_edit_windows(self) -> None:
        """Set the clock so that all that has come in may go to the floor."""
        statement = self._of_the_crowd(MOVE_CLOCK)
        if self.url.startswith("sqlite"):
            path = unquote(urlsplit(self.url).path[1:])
            with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
                connection.execute(statement)
            return
        import psycopg

        with psycopg.connect(self.url) as server:
            server.execute(statement)

    def sees_more(self, *whats: str, than: int) -> bool:
        """Wait until there is more of something; says whether."""
        deadline_s = time.monotonic() + BEGINS_WITHIN_S
        while time.monotonic() < deadline_s:
            with suppress(Exception):  # the database may be starting
                if sum(map(self.count, whats)) > than:
                    return True
            time.sleep(LOOKS_EVERY_S)
        return False

    def is_planned(self) -> bool:
        """Say whether batches have formed, and each unit on a line has its turn."""
        return (
            self.count("in_batches") > 0
            and self.count("on_lines") > 0
            and self.count("without_turn") == 0
        )

    def _of_the_crowd(self, statement: str) -> str:
        baseline = f"{self.baseline:d}"
        return statement.format(baseline=baseline, crowd=CROWD + baseline)
