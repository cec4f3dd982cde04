"""What is compared by SQL is told where it is wrong."""

import sqlite3

import pytest

from tests.chaos.compare import half_grouped, queues_off, stock_off

SOUND = """
CREATE TABLE production_stockitem (id, allocated);
CREATE TABLE production_stockallocation (item_id, quantity, state);
CREATE TABLE production_operation (id, state);
CREATE TABLE production_batchmember (id, operation_id, state);
CREATE TABLE production_line (id, plan_version);
CREATE TABLE production_lineplan (line_id, version, sequence);
CREATE TABLE production_lineslot (id, state, why);
INSERT INTO production_stockitem VALUES (1, 12), (2, 0);
INSERT INTO production_stockallocation
  VALUES (1, 8, 'ALLOCATED'), (1, 4, 'HELD'), (1, 9, 'BACKORDERED'), (1, 7, 'TAKEN');
INSERT INTO production_operation VALUES (1, 'IN_BATCH'), (2, 'READY');
INSERT INTO production_batchmember VALUES (1, 1, 'ACTIVE'), (2, 2, 'REMOVED');
INSERT INTO production_line VALUES (1, 2);
INSERT INTO production_lineplan VALUES (1, 1, '[4, 4]'), (1, 2, '[5, 4]');
INSERT INTO production_lineslot
  VALUES (4, 'SEQUENCED', 'due'), (5, 'SEQUENCED', 'due'), (6, 'SEQUENCED', '');
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("", (0, 0, 0, 0, 0)),
        (
            "UPDATE production_stockitem SET allocated = allocated - 1 WHERE id = 1",
            (1, 0, 0, 0, 0),
        ),
        (
            "UPDATE production_stockitem SET allocated = allocated + 1 WHERE id = 1",
            (0, 1, 0, 0, 0),
        ),
        ("DELETE FROM production_stockallocation WHERE item_id = 1", (0, 1, 0, 0, 0)),
        ("UPDATE production_lineplan SET sequence = '[5, 4, 5]'", (0, 0, 1, 0, 0)),
        ("UPDATE production_lineplan SET sequence = '[5]'", (0, 0, 0, 1, 0)),
        ("DELETE FROM production_batchmember", (0, 0, 0, 0, 1)),
        ("UPDATE production_batchmember SET state = 'ACTIVE'", (0, 0, 0, 0, 1)),
    ],
)
def test_stock_queues_and_groups_that_do_not_agree_are_told(tmp_path, change, told):
    path = tmp_path / "floor.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(SOUND)
        connection.execute(change)
    connection.close()
    url = f"sqlite:///{path}"

    assert (*stock_off(url), *queues_off(url), half_grouped(url)) == told
