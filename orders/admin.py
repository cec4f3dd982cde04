"""Orders and what leaves them, to be looked at; their moves have pages of their own."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.models import User
from configurator.selectors.roles import ORDER_DESK, roles_of
from configurator.services.errors import DomainError
from orders.models import (
    Carrier,
    Complaint,
    Order,
    OrderEvent,
    OrderLine,
    OutboxMessage,
    Payment,
    PaymentIntent,
    ShopTerms,
    StandingLine,
    StandingOrder,
)
from orders.selectors.exports import export_order
from orders.services import outbox
from orders.services.complaining import pay_back, remake_line, send_remake, turn_down
from orders.services.erasing import erase_orders
from orders.states import OutboxState


class Facts(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody edits here; superusers and the order desk see them."""

    actions: Any = None
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def may_look(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_staff and ORDER_DESK in roles_of(user)


def is_boss(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_superuser


@admin.register(Order)
class OrderAdmin(Facts):
    # Whoever holds the token may act as the buyer.
    exclude = ["token"]
    list_display = ["number", "state", "payment_state", "customer_name", "created_at"]
    list_filter = ["state", "payment_state"]
    search_fields = ["number", "customer_name", "customer_email"]
    ordering = ["-created_at", "-id"]
    actions = ["export_data", "erase_data"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return is_boss(request)

    @admin.action(
        description=gettext_lazy("Export all that is kept"), permissions=["view"]
    )
    def export_data(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse:
        answer = JsonResponse(
            {"exports": [export_order(order=order) for order in queryset]},
            json_dumps_params={"indent": 2, "ensure_ascii": False},
        )
        answer["Content-Disposition"] = 'attachment; filename="orders.json"'
        return answer

    @admin.action(
        description=gettext_lazy("Erase names, addresses and texts"),
        permissions=["erase"],
    )
    def erase_data(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse | None:
        """Ask first: what is erased does not come back."""
        if request.POST.get("sure") != "yes":
            context = {
                **self.admin_site.each_context(request),
                "title": _("Erase names, addresses and texts"),
                "orders": list(queryset.values("pk", "number")),
                "opts": self.opts,
            }
            return render(request, "admin/orders/erase.html", context)
        try:
            n_orders = erase_orders(
                order_ids=list(queryset.values_list("pk", flat=True)),
                now=request.now,  # type: ignore[attr-defined]
                actor=request.user.get_username(),
            )
        except DomainError as error:
            messages.error(request, error.message)
            return None
        for order in queryset:
            self.log_change(request, order, "erased")
        text = _("Orders erased: %(n)s.") % {"n": n_orders}
        messages.success(request, text)
        return None


@admin.register(OrderLine)
class OrderLineAdmin(Facts):
    list_display = ["order", "position", "product", "quantity", "method", "due_at"]
    list_filter = ["method"]
    list_select_related = ["order", "product"]
    search_fields = ["order__number"]
    ordering = ["-id"]


@admin.register(Payment)
class PaymentAdmin(Facts):
    list_display = ["order", "provider", "outcome", "amount_minor", "created_at"]
    list_filter = ["outcome", "provider"]
    list_select_related = ["order"]
    search_fields = ["order__number", "reference"]
    ordering = ["-id"]


@admin.register(PaymentIntent)
class PaymentIntentAdmin(Facts):
    """What was asked of providers; what cannot be settled says why."""

    list_display = ["number", "provider", "state", "amount_minor", "n_checks", "error"]
    list_filter = ["state", "provider"]
    search_fields = ["number", "reference", "order__number"]
    ordering = ["-id"]


class BossRows(admin.ModelAdmin):  # type: ignore[type-arg]
    """Business parameters that superusers edit."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_boss(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_boss(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_boss(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_boss(request)


@admin.register(ShopTerms)
class ShopTermsAdmin(BossRows):
    """Who sells and the tax in its prices; papers issued before keep theirs."""

    list_display = ["seller_name", "vat_id", "vat_bp"]
    fields = ["seller_name", "seller_address", "vat_id", "vat_bp"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_boss(request) and not ShopTerms.objects.exists()


class StandingLines(admin.TabularInline):  # type: ignore[type-arg]
    model = StandingLine
    extra = 1


@admin.register(StandingOrder)
class StandingOrderAdmin(BossRows):
    """What repeats; the order desk pauses it and leaves days out."""

    list_display = ["code", "customer_name", "weekdays", "by", "is_paused"]
    exclude = ["created_at"]
    raw_id_fields = ["user"]
    inlines = [StandingLines]

    def save_model(
        self, request: HttpRequest, obj: StandingOrder, form: Any, change: bool
    ) -> None:
        if not change:
            obj.created_at = request.now  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


@admin.register(Carrier)
class CarrierAdmin(BossRows):
    list_display = ["code", "name", "tracking_url"]


class AnswerForm(ActionForm):
    """What the customer reads; only a complaint that is turned down needs it."""

    answer = forms.CharField(
        required=False, strip=False, label=gettext_lazy("Answer"), max_length=2_000
    )


@admin.register(Complaint)
class ComplaintAdmin(Facts):
    """What arrived wrong; the order desk has it made again or pays it back."""

    list_display = ["order_line", "work_order", "wish", "state", "text", "created_at"]
    list_filter = ["state", "wish"]
    list_select_related = ["order_line"]
    search_fields = ["order_line__order__number", "work_order"]
    ordering = ["-id"]
    actions = ["make_again", "give_money_back", "send_what_was_made", "turn_it_down"]
    action_form = AnswerForm

    @admin.action(description=gettext_lazy("Make it again, free"), permissions=["view"])
    def make_again(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> None:
        self._settle(request, queryset, remake_line)

    @admin.action(description=gettext_lazy("Pay it back"), permissions=["view"])
    def give_money_back(
        self, request: HttpRequest, queryset: QuerySet[Complaint]
    ) -> None:
        self._settle(request, queryset, pay_back)

    @admin.action(
        description=gettext_lazy("Hand over what was made again"), permissions=["view"]
    )
    def send_what_was_made(
        self, request: HttpRequest, queryset: QuerySet[Complaint]
    ) -> None:
        self._settle(request, queryset, send_remake)

    @admin.action(
        description=gettext_lazy("Turn it down with this answer"), permissions=["view"]
    )
    def turn_it_down(self, request: HttpRequest, queryset: QuerySet[Complaint]) -> None:
        answer = request.POST.get("answer", "")
        self._settle(request, queryset, partial(turn_down, answer=answer))

    def _settle(
        self,
        request: HttpRequest,
        queryset: QuerySet[Complaint],
        service: Callable[..., Complaint],
    ) -> None:
        """Settle one after the other; what cannot be says why and stops no other."""
        now: datetime = request.now  # type: ignore[attr-defined]
        for complaint in queryset:
            try:
                service(
                    complaint_id=complaint.pk,
                    now=now,
                    actor=request.user.get_username(),
                )
            except DomainError as error:
                messages.error(request, error.message)
            else:
                self.log_change(request, complaint, "settled")
                messages.success(request, str(complaint))


@admin.register(OrderEvent)
class OrderEventAdmin(Facts):
    list_display = ["order", "kind", "from_state", "to_state", "actor", "at"]
    list_select_related = ["order"]
    search_fields = ["order__number"]
    ordering = ["-id"]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(Facts):
    """What still has to leave; what failed three times waits here for somebody."""

    list_display = ["kind", "key", "order", "state", "n_attempts", "error"]
    list_filter = ["state", "kind"]
    list_select_related = ["order"]
    search_fields = ["key", "order__number"]
    ordering = ["-state", "id"]
    actions = ["try_again"]

    @admin.action(description=gettext_lazy("Try again"), permissions=["view"])
    def try_again(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage]
    ) -> None:
        parked = list(queryset.filter(state=OutboxState.PARKED))
        ids = [message.pk for message in parked]
        n_messages = outbox.retry_parked(message_ids=ids)
        for message in parked:
            self.log_change(request, message, "tried again")
        text = _("Messages tried again: %(n)s.") % {"n": n_messages}
        messages.success(request, text)
