"""Who works at a machine says on its page that it is down, and that it runs again."""

import re
from datetime import timedelta

import pytest

from configurator.models import User
from production.models import ProductionEvent, Skill, WorkCentre
from tests.factories.floor import make_operator

pytestmark = pytest.mark.django_db
BOARD, ADDRESS = "/floor/boards/SCREEN-1/", "/floor/boards/SCREEN-1/outage/"
DOWN = {"action": "down", "reason": "The belt slips", "nonce": "d"}


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_board_says_that_its_machine_is_down_and_when_it_is_back(sign_in, shirt, now):
    client = sign_in("operator")
    centre = WorkCentre.objects.filter(code="SCREEN-1")

    centre.update(is_up=False)
    unknown = client.get("/floor/boards/SCREEN-1/").content.decode()
    centre.update(back_at=now + timedelta(hours=1))
    known = client.get("/floor/boards/SCREEN-1/").content.decode()
    centre.update(back_at=now - timedelta(hours=1))
    overdue = client.get("/floor/boards/SCREEN-1/").content.decode()

    assert "This work centre is down. Its work waits" in unknown
    assert "expected back" in known
    assert "expected back" not in overdue


def test_the_form_leads_back_to_where_it_was_opened(sign_in, shirt):
    client = sign_in("operator")
    line = "/floor/lines/FL/"
    from_line = f"/floor/boards/FL/outage/?next={line}"

    assert f'href="{ADDRESS}?next={BOARD}"' in read(client, BOARD)
    assert f'href="{from_line}"' in read(client, line)
    assert f'name="next" value="{line}"' in read(client, from_line)
    for way in ("/nowhere/", "/floor/"):
        assert ">Back<" in read(client, f"{ADDRESS}?next={way}")
    assert ">Back to the line FL<" in read(client, from_line)
    assert ">Back to the board SCREEN-1<" in read(client, ADDRESS)
    back = client.post("/floor/boards/FL/outage/", {"action": "up", "next": line})
    assert back.url == line


def test_who_works_at_a_machine_says_that_it_is_down_and_runs_again(sign_in, shirt):
    client = sign_in("operator")

    wrong = client.post(ADDRESS, DOWN | {"back_at": "2020-01-01T10:00"})
    for _twice in range(2):
        client.post(ADDRESS, DOWN)
    told, known = read(client, BOARD), read(client, ADDRESS)
    torn = DOWN | {"reason": "It is torn", "nonce": "d2"}
    client.post(ADDRESS, torn)
    corrected = read(client, BOARD)
    client.post(ADDRESS, torn | {"action": "up", "nonce": "u"})

    assert wrong.status_code == 400
    assert 'id="id_back_at_error"' in wrong.text
    assert 'value="The belt slips"' in wrong.text
    assert re.search("Told by operator, .*: The belt slips", told)
    assert re.search("Told by operator, .*: It is torn", corrected)
    assert "It went down " in told
    assert "Told by operator" in known
    assert "Machine is down" not in known
    offered = re.findall(r'name="action" value="(\w+)"[^>]*>([^<]*)', known)
    assert offered == [("down", "Save reason and time"), ("up", "Runs again")]
    assert 'value="up"' in told
    assert 'value="up"' not in read(client, BOARD)
    events = ProductionEvent.objects.filter(work_centre__code="SCREEN-1")
    said = [(each.kind, each.reason) for each in events]
    slips, torn_now = ("DOWN", "The belt slips"), ("DOWN", "It is torn")
    assert said == [slips, torn_now, ("UP", "")]


def test_who_cannot_work_there_does_not_say_that_a_machine_is_down(sign_in, shirt):
    skill = Skill.objects.create(code="SCREEN-PRINTER")
    WorkCentre.objects.filter(code="SCREEN-1").update(skill=skill)
    client = sign_in("operator")
    make_operator("W6", user=User.objects.get(username="operator"))

    assert ADDRESS not in read(client, BOARD)
    assert client.post(ADDRESS, {"action": "down"}).status_code == 403
    assert sign_in("planner").get(ADDRESS).status_code == 200
