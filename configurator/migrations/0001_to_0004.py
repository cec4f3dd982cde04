import configurator.models.access
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from configurator.models.tables import TablesOnly


class Migration(TablesOnly):

    replaces = [('configurator', '0001_initial'), ('configurator', '0002_examination_of_releases'), ('configurator', '0003_erasable_configurations'), ('configurator', '0004_named_designs_and_unwanted_words')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=64, unique=True)),
                ('kind', models.CharField(choices=[('CONFIGURABLE', 'configurable'), ('BESPOKE', 'bespoke'), ('STANDARD', 'standard')], max_length=16)),
                ('name', models.JSONField(help_text='{language: text}')),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_listed', models.BooleanField(default=True)),
                ('from_price_minor', models.PositiveBigIntegerField(blank=True, null=True)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['position', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='UnwantedWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(help_text='Accents, capitals, dots between and 3 for E are seen through.', max_length=80, unique=True)),
                ('is_anywhere', models.BooleanField(default=False, help_text='Else it must stand by itself, so that innocent words hold it.', verbose_name='inside other words too')),
            ],
            options={
                'ordering': ['word'],
            },
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=configurator.models.access.new_token, max_length=48, unique=True)),
                ('sha256', models.CharField(max_length=64)),
                ('content_type', models.CharField(max_length=40)),
                ('content', models.BinaryField()),
                ('width_px', models.PositiveIntegerField()),
                ('height_px', models.PositiveIntegerField()),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('language', models.CharField(default='en', max_length=8)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(max_length=16, unique=True)),
                ('secret_sha256', models.CharField(max_length=64)),
                ('scopes', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CatalogueRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('DRAFT', 'draft'), ('VALIDATED', 'validated'), ('SCHEDULED', 'scheduled'), ('ACTIVE', 'active'), ('SUSPENDED', 'suspended'), ('SUPERSEDED', 'superseded'), ('RETIRED', 'retired')], default='DRAFT', max_length=12)),
                ('header', models.JSONField(default=dict)),
                ('definition', models.JSONField(blank=True, null=True)),
                ('definition_sha256', models.CharField(blank=True, max_length=64)),
                ('rules_sha256', models.CharField(blank=True, max_length=64)),
                ('prices_sha256', models.CharField(blank=True, max_length=64)),
                ('manufacture_sha256', models.CharField(blank=True, max_length=64)),
                ('artefact_sha256', models.CharField(blank=True, max_length=64)),
                ('findings', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField()),
                ('active_from', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('examination', models.CharField(choices=[('NONE', 'never asked for'), ('WAITING', 'waiting for a worker'), ('RUNNING', 'running'), ('DONE', 'done'), ('FAILED', 'failed')], default='NONE', max_length=8)),
                ('examination_goal', models.CharField(choices=[('VALIDATE', 'examine only'), ('PUBLISH', 'examine and publish')], default='VALIDATE', max_length=8)),
                ('examination_phase', models.CharField(blank=True, max_length=16)),
                ('examination_percent', models.PositiveSmallIntegerField(default=0)),
                ('examination_attempt', models.PositiveSmallIntegerField(default=0)),
                ('examination_asked_at', models.DateTimeField(blank=True, null=True)),
                ('examination_seen_at', models.DateTimeField(blank=True, null=True)),
                ('problems', models.JSONField(blank=True, default=list)),
                ('figures', models.JSONField(blank=True, default=dict)),
                ('difference', models.JSONField(blank=True, default=dict)),
                ('copied_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='configurator.cataloguerelease')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='configurator.product')),
            ],
            options={
                'ordering': ['product', '-number'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['DRAFT', 'VALIDATED', 'SCHEDULED', 'ACTIVE', 'SUSPENDED', 'SUPERSEDED', 'RETIRED'])), name='a_release_state_is_known'), models.CheckConstraint(condition=models.Q(('examination__in', ['NONE', 'WAITING', 'RUNNING', 'DONE', 'FAILED'])), name='an_examination_state_is_known'), models.UniqueConstraint(fields=('product', 'number'), name='one_release_per_number'), models.UniqueConstraint(condition=models.Q(('state__in', ['ACTIVE', 'SUSPENDED'])), fields=('product',), name='one_active_release_per_product'), models.CheckConstraint(condition=models.Q(('state__in', ['DRAFT', 'VALIDATED']), ('definition__isnull', False), _connector='OR'), name='a_published_release_has_a_definition')],
            },
        ),
        migrations.CreateModel(
            name='BomLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('material', models.CharField(max_length=64)),
                ('quantity', models.PositiveBigIntegerField()),
                ('unit', models.CharField(max_length=12)),
                ('basis', models.CharField(choices=[('PIECE', 'per piece'), ('UNIT', 'per sold unit'), ('ORDER', 'once per work order'), ('AREA', 'per square metre')], max_length=8)),
                ('condition', models.TextField(blank=True, help_text='expression over the choices; empty = always')),
                ('scrap_bp', models.PositiveIntegerField(default=0)),
                ('details', models.JSONField(blank=True, default=dict)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bom_lines', to='configurator.cataloguerelease')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Characteristic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('name', models.JSONField(help_text='{language: text}')),
                ('kind', models.CharField(choices=[('CHOICE', 'one of several'), ('MULTI', 'several'), ('NUMBER', 'number'), ('TEXT', 'text'), ('FILE', 'file')], max_length=8)),
                ('is_required', models.BooleanField(default=True)),
                ('default', models.JSONField(blank=True, null=True)),
                ('limits', models.JSONField(blank=True, default=dict, help_text='min, max, step, unit; length, alphabet')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='characteristics', to='configurator.cataloguerelease')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('release', 'code'), name='one_characteristic_per_code')],
            },
        ),
        migrations.CreateModel(
            name='FactoryClock',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('real_at', models.DateTimeField()),
                ('factory_at', models.DateTimeField()),
                ('rate_per_mille', models.PositiveIntegerField(default=1000)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_factory_clock')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=80)),
                ('key', models.CharField(max_length=128)),
                ('request_sha256', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scope', 'key'), name='one_answer_per_idempotency_key')],
            },
        ),
        migrations.CreateModel(
            name='Option',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('name', models.JSONField(help_text='{language: text}')),
                ('tint', models.CharField(blank=True, max_length=9)),
                ('popularity', models.PositiveIntegerField(default=0)),
                ('is_archived', models.BooleanField(default=False, help_text='kept for its history; no longer to be had')),
                ('details', models.JSONField(blank=True, default=dict)),
                ('characteristic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='configurator.characteristic')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('characteristic', 'code'), name='one_option_per_code')],
            },
        ),
        migrations.CreateModel(
            name='PriceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('breaks', models.JSONField(blank=True, default=list)),
                ('release', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='price_list', to='configurator.cataloguerelease')),
            ],
        ),
        migrations.CreateModel(
            name='PriceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('label', models.JSONField(help_text='{language: text}')),
                ('basis', models.CharField(choices=[('UNIT', 'per sold unit'), ('PIECE', 'per piece'), ('ORDER', 'once per order line'), ('CHARACTER', 'per character'), ('AREA', 'per square metre')], max_length=10)),
                ('amount_minor', models.BigIntegerField(blank=True, null=True)),
                ('condition', models.TextField(blank=True, help_text='expression over the choices; empty = always')),
                ('details', models.JSONField(blank=True, default=dict, help_text='table, factors, of')),
                ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='configurator.pricelist')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('price_list', 'code'), name='one_price_rule_per_code')],
            },
        ),
        migrations.CreateModel(
            name='Design',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(default=configurator.models.access.new_token, max_length=48, unique=True)),
                ('secret_sha256', models.CharField(blank=True, max_length=64)),
                ('choices', models.JSONField(default=dict)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='configurator.cataloguerelease')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='configurator.product')),
            ],
        ),
        migrations.CreateModel(
            name='Configuration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('choices', models.JSONField()),
                ('canonical', models.TextField()),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='configurator.cataloguerelease')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='configurator.product')),
            ],
        ),
        migrations.CreateModel(
            name='Availability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('characteristic', models.CharField(max_length=64)),
                ('option', models.CharField(max_length=64)),
                ('is_available', models.BooleanField(default=False)),
                ('back_on_date', models.DateField(blank=True, null=True)),
                ('updated_at', models.DateTimeField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='availability', to='configurator.product')),
            ],
            options={
                'verbose_name_plural': 'availability',
                'constraints': [models.UniqueConstraint(fields=('product', 'characteristic', 'option'), name='one_availability_per_option')],
            },
        ),
        migrations.CreateModel(
            name='Routing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('name', models.JSONField(help_text='{language: text}')),
                ('condition', models.TextField(blank=True, help_text='expression over the choices; empty = always')),
                ('method', models.CharField(help_text='a method of production', max_length=20)),
                ('line', models.CharField(blank=True, max_length=32)),
                ('reason', models.JSONField(blank=True, default=dict)),
                ('yield_bp', models.PositiveIntegerField(default=10000)),
                ('largest_lot', models.PositiveIntegerField(blank=True, null=True)),
                ('edit_window', models.JSONField(blank=True, null=True)),
                ('details', models.JSONField(blank=True, default=dict)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='routings', to='configurator.cataloguerelease')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('release', 'code'), name='one_routing_per_code'), models.CheckConstraint(condition=models.Q(('yield_bp__gte', 1), ('yield_bp__lte', 10000)), name='a_yield_is_above_0_and_at_most_1')],
            },
        ),
        migrations.CreateModel(
            name='RoutingStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('name', models.JSONField(help_text='{language: text}')),
                ('condition', models.TextField(blank=True, help_text='expression over the choices; empty = always')),
                ('after', models.JSONField(blank=True, help_text='predecessors; empty = the step before', null=True)),
                ('kind', models.CharField(choices=[('MAKE', 'make'), ('INSPECT', 'inspect'), ('DELAY', 'wait'), ('OUTSIDE', 'outside supplier'), ('APPROVAL', "customer's approval")], max_length=10)),
                ('basis', models.CharField(choices=[('UNIT', 'per piece'), ('LOAD', 'per load'), ('SHEET', 'per sheet'), ('FIXED', 'once'), ('DELAY', 'delay without a person')], max_length=6)),
                ('run_ms', models.PositiveBigIntegerField(default=0)),
                ('work_centre', models.CharField(blank=True, max_length=32)),
                ('station', models.CharField(blank=True, max_length=32)),
                ('skill', models.CharField(blank=True, max_length=32)),
                ('crew', models.PositiveSmallIntegerField(default=1)),
                ('is_attended', models.BooleanField(default=True)),
                ('min_delay_s', models.PositiveIntegerField(default=0)),
                ('max_delay_s', models.PositiveIntegerField(blank=True, null=True)),
                ('transfer_quantity', models.PositiveIntegerField(blank=True, null=True)),
                ('is_decoupling_point', models.BooleanField(default=False)),
                ('yield_bp', models.PositiveIntegerField(blank=True, null=True)),
                ('details', models.JSONField(blank=True, default=dict, help_text='load, attributes, setup, batch, run_cases, waste, inspection, ...')),
                ('routing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='configurator.routing')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('routing', 'code'), name='one_step_per_code')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('code', models.CharField(max_length=64)),
                ('text', models.TextField(blank=True)),
                ('table', models.JSONField(blank=True, null=True)),
                ('reason', models.JSONField(default=dict, help_text='{language: text}')),
                ('effective_from', models.DateField(blank=True, null=True)),
                ('effective_to', models.DateField(blank=True, null=True)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='configurator.cataloguerelease')),
            ],
            options={
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('release', 'code'), name='one_rule_per_code'), models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), ('table__isnull', False), _connector='OR'), name='a_rule_has_a_text_or_a_table')],
            },
        ),
    ]
