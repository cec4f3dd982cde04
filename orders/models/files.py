"""Finished work that is delivered as files."""

from django.db import models

from orders.models.orders import OrderLine


class FinishedFile(models.Model):
    """One file of a line that is a download; served to its buyer alone."""

    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="files"
    )
    file_name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_line", "sha256"], name="one_copy_of_a_finished_file"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
