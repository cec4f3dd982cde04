"""Addresses of this app: pages, and routes of the API."""

from django.urls import URLPattern, URLResolver, path

from configurator.api.designs import DesignDetail, DesignList
from configurator.api.products import (
    Complete,
    Configure,
    OptionAvailability,
    ProductDetail,
    ProductList,
)
from configurator.api.uploads import UploadList
from configurator.views import (
    account,
    designs,
    making,
    picker,
    pictures,
    seo,
    sizes,
    storefront,
)

app_name = "catalogue"

page_urls: list[URLPattern | URLResolver] = [
    path("", storefront.product_list, name="product-list"),
    path("shop/<slug:slug>/", picker.product, name="product"),
    path("how-it-is-made/", making.how_it_is_made, name="how-it-is-made"),
    path("robots.txt", seo.robots, name="robots"),
    path("sitemap.xml", seo.sitemap, name="sitemap"),
    path("thumbnails/<str:sha256>.png", pictures.thumbnail, name="thumbnail"),
    path("uploads/<str:token>/", pictures.upload, name="upload"),
    path(
        "pictures/<int:release_id>-<str:name>.png", pictures.showcase, name="showcase"
    ),
    path(
        "pictures/<int:release_id>-<str:name>/<int:number>.png",
        pictures.variant,
        name="variant",
    ),
    path(
        "pictures/<int:release_id>-<str:name>/card-<str:language>.png",
        pictures.card,
        name="card",
    ),
]
size_urls = [path("shop/<slug:slug>/sizes/", sizes.sizes, name="sizes")]
saved_urls = [
    path("account/", account.account, name="account"),
    path("designs/", designs.my_designs, name="designs"),
    path("designs/<str:token>/", designs.design_open, name="design"),
    path("designs/<str:token>/change/", designs.design_change, name="design-change"),
    path(
        "designs/<str:token>/picture.png",
        designs.design_picture,
        name="design-picture",
    ),
    path("shop/<slug:slug>/save/", designs.design_save, name="design-save"),
]
urlpatterns = [*page_urls, *size_urls, *saved_urls]

product_urls = [
    path("products/", ProductList.as_view(), name="api-products"),
    path("products/<slug:slug>/", ProductDetail.as_view(), name="api-product"),
    path("products/<slug:slug>/configure/", Configure.as_view(), name="api-configure"),
    path("products/<slug:slug>/complete/", Complete.as_view(), name="api-complete"),
    path(
        "products/<slug:slug>/availability/",
        OptionAvailability.as_view(),
        name="api-availability",
    ),
]
design_urls = [
    path("designs/", DesignList.as_view(), name="api-designs"),
    path("designs/<str:token>/", DesignDetail.as_view(), name="api-design"),
]
upload_urls = [path("uploads/", UploadList.as_view(), name="api-uploads")]
api_urlpatterns: list[URLPattern | URLResolver] = [
    *product_urls,
    *design_urls,
    *upload_urls,
]
