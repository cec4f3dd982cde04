"""The paper that travels with the work: a traveller whose code reads back."""

from __future__ import annotations

from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm

from configurator.selectors.print_areas import describe_print, find_placings
from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language
from configurator.services.previews import PAGE_PX, thumbnail_png
from production.documents.paper import BOLD, MARGIN, Sheet, clock, open_sheet
from production.models import WorkOrder
from production.selectors.faces import Face, face_of
from production.selectors.wording import inspection_words

VALUES_AT = MARGIN + 45 * mm
PICTURE_SIZE = 34 * mm
PERSONAL_SIZE = 18


def traveller_pdf(work_order: WorkOrder) -> bytes:
    """Draw the traveller on one A5 page or more; texts stand exactly as chosen."""
    sheet = open_sheet(
        size=A5, number=work_order.number, note=work_order.configuration.sha256
    )
    # The very bytes that were hashed: no letter depends on what the font can show.
    sheet.canvas.setSubject(work_order.configuration.canonical)
    sheet.draw_head(code=traveller_code(work_order), facts=_facts(work_order))
    face = face_of(work_order.configuration)
    _choices(sheet, face, work_order)
    _places(sheet, work_order)
    _texts(sheet, face)
    _operations(sheet, work_order)
    return sheet.finish()


def traveller_code(work_order: WorkOrder) -> str:
    """Give what the code on the traveller says when it is scanned."""
    return work_order.number


def _facts(order: WorkOrder) -> list[str]:
    line = order.order_line
    rows = [
        _("Order %(number)s") % {"number": line.order.number} if line else "",
        _("Quantity %(planned)d (ordered %(ordered)d)")
        % {"planned": order.planned_quantity, "ordered": order.quantity},
        order.method.replace("_", " ").lower(),
        _("Due %(at)s") % {"at": clock(order.due_at)} if order.due_at else "",
    ]
    return [row for row in rows if row]


def _choices(sheet: Sheet, face: Face, order: WorkOrder) -> None:
    """Print the choices beside the same picture that the customer has seen."""
    sha256 = order.configuration.sha256
    png = thumbnail_png(configuration_sha256=sha256, width_px=PAGE_PX)
    sheet.draw_picture(png, size=PICTURE_SIZE)
    page, below = sheet.page, sheet.top - PICTURE_SIZE - 12
    right = MARGIN + PICTURE_SIZE + 2 * mm
    sheet.say(face.product, size=12, font=BOLD, right=right)
    sheet.go_down(16)
    for name, value in face.choices:
        sheet.say(name)
        sheet.say(value, left=VALUES_AT, right=right)
        sheet.go_down(12)
    sheet.go_down(max(6, sheet.top - below) if sheet.page == page else 6)


def _places(sheet: Sheet, order: WorkOrder) -> None:
    """Say in millimetres where a customer's picture is printed."""
    configuration = order.configuration
    definition = release_by_id(configuration.release_id).definition
    found = find_placings(
        definition, configuration.choices, quantity=order.planned_quantity
    )
    for code, placed in found.items():
        sheet.say(in_language(definition.by_code[code].name))
        sheet.say(describe_print(placed), left=VALUES_AT, font=BOLD)
        sheet.go_down(16)


def _texts(sheet: Sheet, face: Face) -> None:
    """Print personal texts large and whole: what is printed is what is made."""
    for name, text in face.personalisation:
        sheet.say(name)
        sheet.go_down(20)
        sheet.say(text, size=PERSONAL_SIZE, font=BOLD)
        sheet.go_down(22)
        sheet.name_signs(text, font=BOLD)


def _operations(sheet: Sheet, order: WorkOrder) -> None:
    sheet.say(_("Steps"), size=10, font=BOLD)
    sheet.go_down(14)
    for operation in order.operations.all():
        centre = operation.work_centre.code if operation.work_centre else "-"
        sheet.draw_box()
        sheet.say(f"{operation.sequence}", left=MARGIN + 14)
        sheet.say(centre, left=MARGIN + 34)
        sheet.say(in_language(operation.name), left=MARGIN + 40 * mm)
        sheet.go_down(13)
        if limits := inspection_words(operation.inspection):
            sheet.say(f"{limits}   ________", left=MARGIN + 40 * mm)
            sheet.go_down(13)
