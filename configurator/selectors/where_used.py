"""What hangs on a product, so that nobody changes it unawares."""

from django.utils.translation import gettext as _

from configurator.models import Configuration, Design, Product
from configurator.ports import ports


def list_users(product: Product) -> list[str]:
    """Say what hangs on a product, in the shop and in the factory."""
    counts = {
        _("releases: %(n)d"): product.releases.count(),
        _("configurations: %(n)d"): Configuration.objects.filter(
            product=product
        ).count(),
        _("saved designs: %(n)d"): Design.objects.filter(product=product).count(),
    }
    own = [text % {"n": n} for text, n in counts.items() if n]
    return [*own, *ports.used_by(product=product.slug)]
