"""The paper that lies by a load: who is in it, where, and what is written on it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from configurator.selectors.money import decimal
from configurator.selectors.words import in_language
from production.documents.paper import BOLD, MARGIN, Sheet, clock, open_sheet
from production.models import Batch, BatchMember
from production.selectors.changeovers import map_learned
from production.selectors.faces import attribute_words, configuration_in, face_of
from production.selectors.plates import Plate, find_plate
from production.selectors.wording import measure_words, plain

MILLI = 1000
NO_LIMIT_MILLI = 10**11
PLACES_AT = MARGIN + 14
NUMBER_AT = MARGIN + 40 * mm
QUANTITY_AT = MARGIN + 95 * mm
DUE_AT = MARGIN + 125 * mm
PERSONAL_SIZE = 14
SLOT_WIDE, SLOT_HIGH = 42 * mm, 14 * mm


def load_sheet_pdf(batch: Batch) -> bytes:
    """Draw the load sheet on A4 pages; texts stand exactly as chosen.

    The batch comes with its members as ``get_batch`` gives it.
    """
    sheet = open_sheet(size=A4, number=batch.number, note=batch.batch_key)
    sheet.draw_head(code=load_sheet_code(batch), facts=_facts(batch))
    _settings(sheet, batch)
    members: Sequence[BatchMember] = batch.present  # type: ignore[attr-defined]
    plate = find_plate(batch=batch, members=members)
    if plate is not None:
        _plate(sheet, plate, members)
    _members(sheet, members, plate)
    return sheet.finish()


def load_sheet_code(batch: Batch) -> str:
    """Give what the code on the load sheet says when it is scanned."""
    return batch.number


def _facts(batch: Batch) -> list[str]:
    centre = batch.work_centre
    rows = [
        f"{centre.code} {in_language(centre.name)}".strip(),
        f"{_load(batch)} · {batch.get_state_display()}",
        _("Runs %(n)d min") % {"n": -(-batch.run_s // 60)},
        _("Due %(at)s") % {"at": clock(batch.due_at)} if batch.due_at else "",
    ]
    return [row for row in rows if row]


def _load(batch: Batch) -> str:
    load, most = batch.load_milli / MILLI, batch.capacity_milli / MILLI
    if batch.capacity_milli >= NO_LIMIT_MILLI:
        return f"{decimal(load)} {measure_words(batch.measure, load)}"
    return _("%(load)s of %(most)s %(measure)s") % {
        "load": decimal(load),
        "most": decimal(most),
        "measure": measure_words(batch.measure, most),
    }


def _settings(sheet: Sheet, batch: Batch) -> None:
    """Say how the machine is set, and what has to be done before."""
    changeover = getattr(batch, "changeover", None)
    members: Sequence[BatchMember] = batch.present  # type: ignore[attr-defined]
    known = attribute_words(batch.attributes, configuration_in(members))
    values = dict(known.values())
    if changeover is not None and changeover.planned_s:
        values[_("Changeover")] = _("%(rule)s, %(n)d min") % {
            "rule": map_learned(batches=[batch])[batch.pk].name
            or plain(changeover.rule_code),
            "n": -(-changeover.planned_s // 60),
        }
    for name, value in values.items():
        sheet.say(name)
        sheet.say(value, left=NUMBER_AT)
        sheet.go_down(12)
    sheet.go_down(8)


def _plate(sheet: Sheet, plate: Plate, members: Sequence[BatchMember]) -> None:
    """Draw the plate with the number of the design in each of its rectangles."""
    sheet.go_down(plate.n_rows * SLOT_HIGH)
    bottom = sheet.top
    for member in members:
        number = member.operation.work_order.number
        for block in plate.blocks.get(member.id, ()):
            left = MARGIN + block.column * SLOT_WIDE
            top = bottom + (plate.n_rows - block.row) * SLOT_HIGH
            size = (block.n_columns * SLOT_WIDE, block.n_rows * SLOT_HIGH)
            sheet.canvas.rect(left, top - size[1], *size)
            sheet.top = top - 11
            sheet.say(plate.places_of(member.id), left=left + 4, font=BOLD)
            sheet.top = top - 22
            sheet.say(number, left=left + 4, size=7)
    sheet.top = bottom
    sheet.go_down(20)


def _members(sheet: Sheet, members: Sequence[BatchMember], plate: Plate | None) -> None:
    """List who is in it, with the places that each one takes, in order."""
    words = ngettext("%(n)d work order", "%(n)d work orders", len(members))
    sheet.say(words % {"n": len(members)}, size=10, font=BOLD)
    sheet.go_down(16)
    begin = 0
    for member in members:
        places = _places(begin, member.load_milli)
        if plate is not None:
            places = plate.places_of(member.id)
        _member(sheet, member, places)
        begin += member.load_milli


def _member(sheet: Sheet, member: BatchMember, places: str) -> None:
    order = member.operation.work_order
    face = face_of(order.configuration)
    sheet.draw_box()
    sheet.say(places, left=PLACES_AT, font=BOLD)
    sheet.say(order.number, left=NUMBER_AT, font=BOLD)
    words = ngettext("%(n)d piece", "%(n)d pieces", member.quantity)
    sheet.say(words % {"n": member.quantity}, left=QUANTITY_AT)
    if member.operation.due_at:
        sheet.say(clock(member.operation.due_at), left=DUE_AT)
    sheet.go_down(12)
    sheet.say(f"{face.product} · {face.summary}".rstrip(" ·"), left=NUMBER_AT)
    sheet.go_down(12)
    for _name, text in face.personalisation:
        sheet.go_down(6)
        sheet.say(text, size=PERSONAL_SIZE, font=BOLD, left=NUMBER_AT)
        sheet.go_down(14)
    sheet.go_down(4)


def _places(begin_milli: int, load_milli: int) -> str:
    """Say which trays, slots or grams of the load it takes: "3-5"."""
    first = begin_milli // MILLI + 1
    latest = max(first, -(-(begin_milli + load_milli) // MILLI))
    return str(first) if first == latest else f"{first}-{latest}"
