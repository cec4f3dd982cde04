"""What the log says, and in how many lines."""

from configurator.settings import ALLOWED_HOSTS


def test_a_stranger_who_names_a_wrong_host_leaves_one_line_in_the_log(client, caplog):
    assert "evil.example" not in ALLOWED_HOSTS

    answer = client.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    (record,) = (each for each in caplog.records if "evil.example" in each.message)
    assert record.exc_info is None
