"""Make an API key; its text is printed once, last."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from configurator.models import User
from configurator.models.access import LONGEST_USERNAME
from configurator.services.api_keys import SCOPES, UnknownScopeError, issue_api_key


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what the key is for")
        scopes = f"separated by commas: {', '.join(sorted(SCOPES))}"
        parser.add_argument("--scopes", required=True, help=scopes)
        parser.add_argument("--user", help="whose key it is; a service user by default")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["user"] or f"key-{options['name']}"
        if len(name) > LONGEST_USERNAME:
            text = f"A username has at most {LONGEST_USERNAME} characters: {name}"
            raise CommandError(text)
        user, is_new = User.objects.get_or_create(username=name)
        if is_new:
            user.set_unusable_password()
            user.save()
        try:
            _key, text = issue_api_key(
                user=user,
                name=options["name"],
                scopes=options["scopes"].split(","),
                now=timezone.now(),
            )
        except UnknownScopeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)
