"""What the log says, and in how many lines."""

import logging

import pytest

from configurator.apps import drop_traceback
from configurator.settings import ALLOWED_HOSTS


def test_a_stranger_who_names_a_wrong_host_leaves_one_line_in_the_log(client, caplog):
    assert "evil.example" not in ALLOWED_HOSTS

    answer = client.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    (record,) = (each for each in caplog.records if "evil.example" in each.message)
    assert record.exc_info is None


@pytest.mark.parametrize(
    ("level", "is_told"), [(logging.WARNING, False), (logging.ERROR, True)]
)
def test_what_was_refused_leaves_no_traceback_and_what_broke_does(level, is_told):
    error = (PermissionError, PermissionError(), None)
    record = logging.LogRecord("django.request", level, "", 0, "/desk/", (), error)

    assert drop_traceback(record)
    assert (record.exc_info is not None) == is_told
